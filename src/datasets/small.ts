/** @file Small real sets that come with the package; datasets/README.md has their sources and licences. */

import { readCsv } from './csv.js'
import type { Dataset } from './dataset.js'
import { loadIdx } from './loadIdx.js'
import { packaged } from './packaged.js'

const UCI_LICENCE = 'CC-BY-4.0'

/** Fisher's iris, as scikit-learn's load_iris: 150×4, three species of 50 flowers each. */
export function loadIris(): Promise<Dataset> {
  return loadTable('iris', 'species', 'https://doi.org/10.24432/C56C76')
}

/** Chemical analyses of wines, as scikit-learn's load_wine: 178×13, three cultivars. Columns of very different scale. */
export function loadWine(): Promise<Dataset> {
  return loadTable('wine', 'class', 'https://doi.org/10.24432/C5PC7J')
}

async function loadTable(name: string, label: string, source: string): Promise<Dataset> {
  const { x, labels, columns, targetNames } = await readCsv(packaged(`${name}.csv`), { label, header: true })
  return { name, x, labels: labels!, featureNames: columns, targetNames, source, licence: UCI_LICENCE }
}

/** Handwritten digits of 8×8 pixels with values 0 … 16, as scikit-learn's load_digits: 1797×64. */
export function loadDigits(): Promise<Dataset> {
  return loadIdx({
    images: packaged('digits-images.idx3-ubyte.gz'),
    labels: packaged('digits-labels.idx1-ubyte.gz'),
    name: 'digits',
    featureNames: Array.from({ length: 64 }, (_, t) => `pixel_${t >> 3}_${t & 7}`),
    targetNames: Array.from('0123456789'),
    source: 'https://doi.org/10.24432/C50P49',
    licence: UCI_LICENCE,
  })
}
