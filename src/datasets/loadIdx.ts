import { checkNames } from '../optionChecks.js'
import { pointsWriter } from './blocks.js'
import type { PointsWriter } from './blocks.js'
import { describeSource } from './bytes.js'
import type { ByteSource } from './bytes.js'
import type { Dataset } from './dataset.js'
import { readWhole, scanIdx } from './idx.js'

/** Options of loadIdx; all but the images may be left out. */
export interface LoadIdxOptions extends Partial<Pick<Dataset, 'name' | 'source' | 'licence' | 'featureNames' | 'targetNames'>> {
  /** IDX file of n images (or rows): its first dimension is n, the others together are d. Path, URL or bytes, plain or gzipped. */
  images: ByteSource
  /** IDX file of n integer labels. */
  labels: ByteSource
}

/**
 * Reads images and labels from a pair of IDX files, such as MNIST's or Fashion-MNIST's:
 * `loadIdx({ images: 'train-images-idx3-ubyte.gz', labels: 'train-labels-idx1-ubyte.gz' })`. Values are kept as they are, 0 … 255 for
 * bytes; float64 and int32 are rounded to float32. The images are read in portions.
 * @throws as readIdx; RangeError when the two do not fit together
 */
export async function loadIdx(options: LoadIdxOptions): Promise<Dataset> {
  const where = 'loadIdx'
  checkNames(where, options, ['images', 'labels', 'name', 'source', 'licence', 'featureNames', 'targetNames'])
  const { name = 'idx', source = describeSource(options.images), licence = 'unknown', featureNames, targetNames } = options
  const labels = await readLabels(options.labels, where)

  let writer: PointsWriter | undefined
  let shape: readonly number[] = []
  await scanIdx(options.images, where, (header) => {
    shape = header.shape
    const d = shape.slice(1).reduce((product, size) => product * size, 1)
    if (header.length === 0) throw new RangeError(`${where}: expected at least one image of one pixel, got ${shape.join('×')}`)
    if (shape[0] !== labels.length)
      throw new RangeError(`${where}: expected one label for each of ${shape[0]} images, got ${labels.length} labels`)
    writer = pointsWriter(d, where)
    return writer.append
  })
  const x = writer!.finish()
  return {
    name,
    x,
    labels,
    ...(featureNames && { featureNames }),
    ...(targetNames && { targetNames }),
    ...(shape.length === 3 && { imageShape: [shape[1], shape[2]] as const }),
    source,
    licence,
  }
}

async function readLabels(source: ByteSource, where: string): Promise<Int32Array> {
  const { shape, data } = await readWhole(source, where)
  const integers = !(data instanceof Float32Array || data instanceof Float64Array)
  if (shape.length !== 1 || !integers) {
    const got = `${shape.length} (${shape.join('×')}) of ${data.constructor.name}`
    throw new RangeError(`${where}: expected labels in one dimension of integers, got ${got}; are images and labels swapped?`)
  }
  return Int32Array.from(data)
}
