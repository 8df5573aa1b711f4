/** @file The cases whose points are read: the packaged sets, and Fashion-MNIST. */
import { loadDigits, loadIris, loadMnist, loadWine } from '../../src/datasets/index.js'
import type { Kind } from './cases.js'
import { loadFashionMnist } from './fashionMnist.js'

/** @throws Error where the points are not on this machine */
export const REAL = { fashion: loadFashionMnist, iris: loadIris, wine: loadWine, digits: loadDigits, mnist: loadMnist }

export type RealSet = keyof typeof REAL

export const isReal = (kind: Kind): kind is RealSet => kind in REAL
