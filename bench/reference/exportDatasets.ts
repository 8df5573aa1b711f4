/**
 * @file Writes the demo's data sets as .npy files for quality.py, so that scikit-learn and faiss cluster the same bytes.
 * `npx tsx bench/reference/exportDatasets.ts FOLDER`
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CASES, loadCase } from '../../src/cli/demo/cases.js'
import { writeNpy } from '../../src/io/index.js'

const folder = process.argv[2]
if (folder === undefined) {
  console.error('exportDatasets: expected a folder to write to, got none')
  process.exit(2)
}
await mkdir(folder, { recursive: true })
const written = new Set<string>()
for (const demoCase of CASES) {
  const { dataset } = demoCase
  if (written.has(dataset)) continue
  written.add(dataset)
  const { x, labels } = await loadCase(demoCase)
  await writeNpy(join(folder, `${dataset}.npy`), x.blocks, [x.n, x.d])
  await writeNpy(join(folder, `${dataset}.labels.npy`), labels, [labels.length])
  console.log(`${dataset}: ${x.n} x ${x.d}`)
}
await writeFile(join(folder, 'cases.json'), JSON.stringify(CASES))
