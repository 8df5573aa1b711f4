import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Figure } from '../../src/plots/index.js'
import { escapeHtml, figuresToHtml, htmlTable, writeReport } from '../../src/plots/index.js'

const figure: Figure = { data: [{ type: 'bar', y: [1, 2], name: '</script><script>alert(1)</script>' }], layout: { height: 333 } }
const bundles = (html: string): string[] => [...html.matchAll(/atob\("([^"]+)"\)/g)].map((match) => match[1])

describe('figuresToHtml', () => {
  it('holds Plotly once, however many figures, and not at all without one', () => {
    const html = figuresToHtml({ title: 'A', sections: [1, 2, 3].map((i) => ({ heading: `${i}`, figure })) })
    expect(bundles(html).length).toBe(1)
    expect(
      gunzipSync(Buffer.from(bundles(html)[0], 'base64'))
        .toString()
        .includes('window.Plotly = Plotly'),
    ).toBe(true)
    expect(html.match(/class="figure"/g)?.length).toBe(3)
    expect(bundles(figuresToHtml({ title: 'A', sections: [{ heading: 'text only' }] }))).toEqual([])
  })

  it('refers to nothing outside of itself, and forbids it by policy', () => {
    const html = figuresToHtml({ title: 'A', sections: [{ heading: 'B', figure }] })
    const page = html.replace(bundles(html)[0], '')
    expect(page.match(/https?:|\/\/[a-z]|<link|<img|\ssrc=|@import|url\(/i)).toBeNull()
    expect(page).toContain(`content="default-src 'none';`)
  })

  it('escapes titles, headings and text, and takes html as it is', () => {
    const html = figuresToHtml({ title: '<&">', text: '<i>', sections: [{ heading: '<h>', text: 'a <b>\n\nc', html: '<em>kept</em>' }] })
    expect(html).toContain('<title>&lt;&amp;&quot;&gt;</title>')
    expect(html).toContain('<h2>&lt;h&gt;</h2>')
    expect(html).toContain('<p>a &lt;b&gt;</p>\n<p>c</p>')
    expect(html).toContain('<em>kept</em>')
    expect(html).not.toMatch(/<i>|<b>|<h>/)
  })

  it('stores figures as JSON that no string in them can leave', () => {
    const html = figuresToHtml({ title: 'A', sections: [{ heading: 'B', figure }] })
    const json = /<script type="application\/json">(.*?)<\/script>/s.exec(html)?.[1] ?? ''
    expect(JSON.parse(json)).toEqual(figure)
    expect(html).toContain('style="height:333px"')
  })
})

describe('htmlTable', () => {
  it('escapes cells and sets numbers to the right', () => {
    const html = htmlTable(['a<', 'b'], [['<x>', 1.5], ['12 %', '0.49 (0.48 – 0.51)']]) // prettier-ignore
    expect(html).toContain('<th scope="col">a&lt;</th><th scope="col" class="number">b</th>')
    expect(html).toContain('<tr><td class="short">&lt;x&gt;</td><td class="number">1.5</td></tr>')
    expect(html).toContain('<tr><td class="number">12 %</td><td class="number">0.49 (0.48 – 0.51)</td></tr>')
  })

  it('keeps names in one line, and does not squeeze sentences', () => {
    const html = htmlTable(['a'], [['mnist-100'], ['seventeen letters'], ['a sentence of some length: fifty letters, or more.']])
    expect([...html.matchAll(/<td(.*?)>/g)].map(([, kind]) => kind)).toEqual([' class="short"', '', ' class="long"'])
  })

  it('refuses a row of the wrong length', () => {
    expect(() => htmlTable(['a'], [['1'], ['1', '2']])).toThrow('htmlTable: expected 1 cells in each row, got 2 (row 1)')
  })
})

it('escapeHtml leaves no tag, entity or end of an attribute', () => {
  expect(escapeHtml(`<a href="x" b='y'>&`)).toBe('&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;')
})

describe('writeReport', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'report-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('makes the folder and leaves one file', async () => {
    const path = join(folder, 'new', 'report.html')
    const report = { title: 'A', sections: [{ heading: 'B' }] }
    await writeReport(path, report)
    expect(await readFile(path, 'utf8')).toBe(figuresToHtml(report))
    expect(await readdir(join(folder, 'new'))).toEqual(['report.html'])
  })

  it('leaves the old file, and no other, where the new one cannot be placed', async () => {
    await writeFile(join(folder, 'keep'), 'old')
    await expect(writeReport(join(folder, 'keep', 'report.html'), { title: 'A', sections: [] })).rejects.toThrow()
    await expect(writeReport(folder, { title: 'A', sections: [] })).rejects.toThrow()
    expect(await readFile(join(folder, 'keep'), 'utf8')).toBe('old')
    expect((await readdir(tmpdir())).filter((name) => name.startsWith(`${basename(folder)}.`))).toEqual([])
  })
})
