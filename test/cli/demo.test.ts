import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { CASES, loadCase } from '../../src/cli/demo/cases.js'
import { readReference } from '../../src/cli/demo/results.js'
import { writeNpy } from '../../src/io/index.js'
import { fastkmeans, temporaryFolder } from './run.js'

const file = temporaryFolder()

describe('fastkmeans demo', () => {
  test('scores what it clusters beside the recorded figures, and writes a report that needs no network', async () => {
    const report = file('report.html')
    const { code, stdout } = await fastkmeans('demo', '--only', 'iris,moons,digits', '--seeds', '3', '-o', report, '--json', '-q')
    expect(code).toBe(0)
    const { cases } = JSON.parse(stdout)
    expect(cases.map(({ name }: { name: string }) => name)).toStrictEqual(['iris', 'moons', 'digits'])
    for (const { nmi, ari, inertia, references } of cases) {
      // Means of few seeds: within the range that ten seeds of scikit-learn have, and a little.
      const sklearn = references['scikit-learn']
      expect(nmi.mean).toBeGreaterThan(sklearn.nmi.min - 0.02)
      expect(ari.mean).toBeGreaterThan(sklearn.ari.min - 0.03)
      expect(inertia.mean).toBeLessThan(sklearn.inertia.max * 1.01)
      expect(inertia.min).toBeGreaterThan(sklearn.inertia.min * 0.999)
    }
    const html = readFileSync(report, 'utf8')
    expect(html).toContain('scikit-learn')
    expect(html).not.toMatch(/(src|href)=["']?https?:/)
  })

  test('prints a table without --json, and overwrites its own report but nothing else', async () => {
    const report = file('again.html')
    const args = ['demo', '--only', 'iris', '--seeds', '2', '-o', report]
    const first = await fastkmeans(...args)
    expect(first).toMatchObject({ code: 0 })
    expect(first.stdout).toMatch(/iris: 150 x 4, k = 3; reference \(auto: .*\)\n {2}fastkmeans .*\n {2}scikit-learn .*\n {2}faiss /)
    expect(await fastkmeans(...args)).toMatchObject({ code: 0 })
    writeFileSync(report, '<title>mine</title>')
    expect(await fastkmeans(...args)).toMatchObject({ code: 1, stderr: expect.stringContaining('--force overwrites it') })
  })

  test('refuses names and numbers that cannot be', async () => {
    const wrong = [['--only', 'irsi'], ['--seeds', '0'], ['--seeds', '2.5'], ['--device', 'gpu'], ['extra']]
    for (const args of wrong) expect(await fastkmeans('demo', ...args, '-o', file('no.html')), args.join(' ')).toMatchObject({ code: 2 })
    expect(await fastkmeans('demo', '--device', 'cuda', '-o', file('no.html'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cuda'),
    })
  })
})

test('the recorded figures belong to the bytes that the demo clusters', async () => {
  const { cases } = await readReference()
  expect(Object.keys(cases)).toStrictEqual(CASES.map(({ name }) => name))
  for (const demoCase of CASES) {
    const { x } = await loadCase(demoCase)
    const path = file(`${demoCase.name}.npy`)
    await writeNpy(path, x.blocks, [x.n, x.d])
    expect(createHash('sha256').update(readFileSync(path)).digest('hex'), demoCase.name).toBe(cases[demoCase.name].sha256)
  }
})
