// The declarations that the package ships must be clean under the TypeScript of the notebook kernel (tslab: 5.0.4), which checks cells.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(fileURLToPath(import.meta.url), '../..')
const ts = createRequire(join(root, 'notebooks/kernel/package.json'))('@tslab/typescript-for-tslab')
const folder = mkdtempSync(join(root, 'notebooks/.types-'))
try {
  const file = join(folder, 'cell.ts')
  writeFileSync(
    file,
    `import { FastKMeans, datasets, io, metrics, notebook, plots } from 'fastkmeans'
const km = new FastKMeans(2, 2, { niter: 3, onIteration: ({ obj }) => console.log(obj) })
const labels: Int32Array = await km.fitPredict([[0, 1], [2, 3]])
const score: number = metrics.normalizedMutualInfoScore(labels, labels)
void [datasets, io, notebook, plots, score]
export {}
`,
  )
  const options = {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts'],
    types: ['node'],
    skipLibCheck: false,
  }
  const program = ts.createProgram([file], options)
  const ours = ts.getPreEmitDiagnostics(program).filter(({ file: at }) => !at || !at.fileName.includes('node_modules'))
  for (const { file: at, messageText } of ours) console.error(at?.fileName ?? '', ts.flattenDiagnosticMessageText(messageText, '\n'))
  console.log(`TypeScript ${ts.version}: ${ours.length} errors in the package's declarations`)
  process.exitCode = ours.length > 0 ? 1 : 0
} finally {
  rmSync(folder, { recursive: true })
}
