/**
 * @file Points and labels into files, by the extension of the path.
 */

import { extname } from 'node:path'
import { checkNames } from '../optionChecks.js'
import type { Points } from '../points.js'
import { writeArrow } from './arrowWrite.js'
import { writeNpy } from './npy.js'
import { pointsFormat } from './points.js'
import { writeSafetensors } from './safetensors.js'
import { pathText } from './source.js'
import type { FilePath } from './source.js'
import { writeFvecs, writeIvecs } from './vecs.js'

/** Options of writePoints and writeLabels. */
export interface WriteOptions {
  /** Name of the column (Arrow) or tensor (safetensors); 'points' or 'labels' by default. */
  name?: string
}

/** Options of writePoints. */
export interface WritePointsOptions extends WriteOptions {
  /** The type in the file: 'float32' by default; 'float16' (rounded to nearest, ties to even) in .npy and .safetensors. */
  dtype?: 'float32' | 'float16'
}

/**
 * Writes points or centroids as float32, or float16: .npy, .safetensors, .fvecs, .arrow, .feather, .ipc (file) or .arrows (stream). At
 * once: see writeAtomic.
 * @throws RangeError for a value too large for float16
 */
export async function writePoints(path: FilePath, points: Points, options: WritePointsOptions = {}): Promise<void> {
  checkNames('writePoints', options, ['name', 'dtype'])
  const { name = 'points', dtype = 'float32' } = options
  if (dtype !== 'float32' && dtype !== 'float16')
    throw new TypeError(`writePoints: expected dtype to be 'float32' or 'float16', got ${String(dtype)}`)
  const format = pointsFormat(path)
  if (dtype === 'float16' && format !== 'npy' && format !== 'safetensors')
    throw new Error(`writePoints: expected a path ending in .npy or .safetensors for dtype 'float16', got '${pathText(path)}'`)
  const { blocks, n, d } = points
  switch (format) {
    case 'npy':
      return writeNpy(path, blocks, [n, d], { dtype })
    case 'safetensors':
      return writeSafetensors(path, { [name]: { data: blocks, shape: [n, d], dtype } })
    case 'fvecs':
      return writeFvecs(path, blocks, d)
    case 'arrow':
      return writeArrow(path, { [name]: points }, { format: arrowFormat(path) })
    default:
      throw unknown('writePoints', '.npy, .safetensors, .fvecs, .arrow, .arrows, .feather or .ipc', path)
  }
}

/** Writes n labels as int32: .npy of shape (n,), .safetensors, .ivecs with one column, Arrow as writePoints. At once: see writeAtomic. */
export async function writeLabels(path: FilePath, labels: Int32Array, options: WriteOptions = {}): Promise<void> {
  checkNames('writeLabels', options, ['name'])
  const { name = 'labels' } = options
  switch (pointsFormat(path)) {
    case 'npy':
      return writeNpy(path, labels, [labels.length])
    case 'safetensors':
      return writeSafetensors(path, { [name]: { data: labels, shape: [labels.length] } })
    case 'ivecs':
      return writeIvecs(path, labels, 1)
    case 'arrow':
      return writeArrow(path, { [name]: labels }, { format: arrowFormat(path) })
    default:
      throw unknown('writeLabels', '.npy, .safetensors, .ivecs, .arrow, .arrows, .feather or .ipc', path)
  }
}

const arrowFormat = (path: FilePath): 'file' | 'stream' => (extname(pathText(path)).toLowerCase() === '.arrows' ? 'stream' : 'file')

const unknown = (where: string, kinds: string, path: FilePath): Error =>
  new Error(`${where}: expected a path ending in ${kinds}, got '${pathText(path)}'`)
