#!/usr/bin/env node
/**
 * @file Draws each kind of chart in a real browser, as PNG and as SVG, of tame and of hostile input: none may be empty, and no two of its
 * texts may lie on each other. The images go to out/charts, to be looked at.
 *
 * usage: npx tsx .ci/testCharts.mjs   (needs a browser built on Chromium, and a built package)
 */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { findBrowser } from '../dist/plots/browser.js'
import { plotlyFile } from '../dist/plots/plotlyScript.js'
import { plots } from '../dist/index.js'
import { gallery } from '../test/plots/gallery.ts'
import { hostile } from '../test/plots/hostile.ts'

const out = resolve(fileURLToPath(import.meta.url), '../../out/charts')
mkdirSync(out, { recursive: true })
const WIDTH = 900
const figures = await gallery()

// The library's own way to images.
for (const ending of ['png', 'svg']) {
  const path = join(out, `own.${ending}`)
  await plots.writeFigure(path, figures.times)
  const bytes = readFileSync(path)
  if (ending === 'png') assert.equal(bytes.subarray(1, 4).toString(), 'PNG')
  else assert.ok(/^<svg[^>]*width="900"[\s\S]*>fastkmeans<[\s\S]*<\/svg>\s*$/.test(bytes.toString()), 'the SVG is no drawing of the figure')
}

const browser = await chromium.launch({ executablePath: findBrowser('testCharts'), args: ['--no-sandbox', '--disable-gpu'] })
const page = await browser.newPage({ viewport: { width: WIDTH, height: 700 } })
await page.setContent('<body style="margin:0"><div id="chart"></div></body>')
await page.addScriptTag({ path: plotlyFile() })

/** Draws a figure. @returns milliseconds, how many marks there are, and where its texts stand */
const draw = ({ data, layout }) =>
  page.evaluate(
    async ({ data, layout }) => {
      const node = document.getElementById('chart')
      const started = performance.now()
      await window.Plotly.newPlot(node, data, layout)
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
      const milliseconds = performance.now() - started
      const marks = node.querySelectorAll('.points path, .point path, .js-line, .js-fill, .hm image, .trace text').length
      const texts = [...node.querySelectorAll('text')]
        // The box of a slanted one is not what it covers.
        .filter((text) => text.textContent.trim() !== '' && !/rotate\((?!-?(0|90)\b)/.test(text.getAttribute('transform') ?? ''))
        .map((text) => ({ words: text.textContent, ...text.getBoundingClientRect().toJSON() }))
      return { milliseconds, marks, texts }
    },
    { data, layout },
  )

/** Whether one text lies on another, by more than the edges of their boxes. */
const overlap = (a, b) =>
  Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2

const many = Float32Array.from({ length: 200_000 }, (_, i) => Math.sin(i * 78.233) * ((i % 10) + 1))
const labels = Int32Array.from({ length: 100_000 }, (_, i) => i % 10)
const large = {
  'scatter of 100,000 points': await plots.scatter(many, labels, { d: 2 }),
  'scatter of 100,000 points, all of them': await plots.scatter(many, labels, { d: 2, maxPoints: 100_000 }),
}
try {
  for (const [name, figure] of Object.entries({ ...figures, ...(await hostile()), ...large })) {
    const { milliseconds, marks, texts } = await draw(figure)
    writeFileSync(join(out, `${name}.png`), await page.locator('#chart').screenshot())
    console.log(`${name}: ${marks} marks, ${Math.round(milliseconds)} ms, ${(JSON.stringify(figure).length / 1e3).toFixed(0)} kB`)
    assert.ok(marks > 0, `${name} is empty`)
    const faults = texts.flatMap((a, i) => [
      ...texts.slice(i + 1).flatMap((b) => (overlap(a, b) ? [`'${a.words}' lies on '${b.words}'`] : [])),
      ...(a.left < -1 || a.right > WIDTH + 1 ? [`'${a.words}' is cut off`] : []),
    ])
    assert.deepEqual(faults, [], name)
  }
} finally {
  await browser.close()
}
