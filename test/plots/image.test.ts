import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { clusterSizes, toImage, writeFigure } from '../../src/plots/index.js'

const figure = clusterSizes([3, 2, 1], { title: 'A <title>' })
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'image-'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

// That a real browser draws the figures is tested in .ci/testCharts.mjs: npm test needs Node alone.
describe('toImage', () => {
  it('says how to go on where there is no browser', async () => {
    vi.stubEnv('FASTKMEANS_BROWSER', join(folder, 'none'))
    await expect(toImage(figure)).rejects.toThrow(/toImage: expected FASTKMEANS_BROWSER to name a browser's program, got '.*none'/)
  })

  it.runIf(process.platform !== 'win32')('says that a program is no browser when it ends at once, and leaves nothing behind', async () => {
    const program = join(folder, 'browser')
    await writeFile(program, '#!/bin/sh\nexit 3\n')
    await chmod(program, 0o755)
    vi.stubEnv('FASTKMEANS_BROWSER', program)
    vi.stubEnv('TMPDIR', folder)
    await expect(toImage(figure)).rejects.toThrow(/toImage: the browser .* ended \(code 3\)/)
    expect(await readdir(folder)).toEqual(['browser'])
  })

  it('refuses sizes and formats that cannot be', async () => {
    await expect(toImage(figure, { width: 0 })).rejects.toThrow('toImage: expected width to be above 0 and at most 10,000, got 0')
    await expect(toImage(figure, { format: 'gif' as 'png' })).rejects.toThrow("expected format to be 'png' or 'svg', got 'gif'")
  })
})

describe('writeFigure', () => {
  it('writes HTML that needs nothing else, without a browser', async () => {
    const path = join(folder, 'new', 'figure.html')
    await writeFigure(path, figure)
    const html = await readFile(path, 'utf8')
    expect(html).toContain('DecompressionStream')
    expect(html).not.toContain('<h2>')
  })

  it('refuses another ending', async () => {
    await expect(writeFigure('figure.pdf', figure)).rejects.toThrow("expected a name that ends in .html, .png or .svg, got 'figure.pdf'")
  })
})
