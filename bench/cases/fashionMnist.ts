/** @file Fashion-MNIST from Debian's package dataset-fashion-mnist, or from what fetchFashionMnist.sh unpacked. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { loadIdx } from '../../src/datasets/index.js'
import { CACHE } from '../cache.js'
import type { Generated } from './generate.js'

const PLACES = ['/usr/share/datasets/fashion-mnist', join(CACHE, 'fashion-mnist/usr/share/datasets/fashion-mnist')]

/** @throws Error where it is not there, with the way to get it */
export async function readFashionMnist(): Promise<Generated> {
  const folder = PLACES.find((place) => existsSync(place))
  if (folder === undefined) throw new Error('Fashion-MNIST is not here; bench/cases/fetchFashionMnist.sh fetches it on Debian and Ubuntu')
  const { x, labels } = await loadIdx({
    images: join(folder, 'train-images-idx3-ubyte.gz'),
    labels: join(folder, 'train-labels-idx1-ubyte.gz'),
  })
  return { blocks: x.blocks, labels }
}
