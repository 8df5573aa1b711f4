/** @file Fashion-MNIST from Debian's package dataset-fashion-mnist, or from what fetchFashionMnist.sh unpacked. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { loadIdx } from '../../src/datasets/index.js'
import type { Dataset } from '../../src/datasets/index.js'
import { CACHE } from '../cache.js'

const PLACES = ['/usr/share/datasets/fashion-mnist', join(CACHE, 'fashion-mnist/usr/share/datasets/fashion-mnist')]

/** @throws Error where it is not there, with the way to get it */
export async function loadFashionMnist(): Promise<Dataset> {
  const folder = PLACES.find((place) => existsSync(place))
  if (folder === undefined) throw new Error('Fashion-MNIST is not here; bench/cases/fetchFashionMnist.sh fetches it on Debian and Ubuntu')
  return loadIdx({
    images: join(folder, 'train-images-idx3-ubyte.gz'),
    labels: join(folder, 'train-labels-idx1-ubyte.gz'),
  })
}
