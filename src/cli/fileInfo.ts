/** @file What the header of a file says: types, shapes, and the options and statistics of a saved model. */
import { readArrowIndex } from '../io/arrowFile.js'
import { loadModel, openPoints } from '../io/index.js'
import type { PointsFormat } from '../io/index.js'
import { readNpyHeader } from '../io/npyHeader.js'
import { readSafetensorsHeader } from '../io/safetensorsHeader.js'
import { withSource } from '../io/source.js'
import type { ByteReader } from '../io/source.js'

/** What is in a file. */
export interface FileInfo {
  format: string
  bytes: number
  arrays: { name: string; dtype: string; shape: readonly number[]; order?: 'Fortran' }[]
  /** Metadata; of a model its options and statistics. */
  details?: Record<string, unknown>
}

/** Reads the header of a file of one of the formats of points. */
export function describeFile(where: string, path: string, format: PointsFormat): Promise<FileInfo> {
  return withSource(path, where, async (source) => ({ format, bytes: source.size, ...(await contents(where, source, format)) }))
}

async function contents(where: string, source: ByteReader, format: PointsFormat): Promise<Pick<FileInfo, 'arrays' | 'details'>> {
  switch (format) {
    case 'npy': {
      const { dtype, shape, fortranOrder } = await readNpyHeader(source, where)
      return { arrays: [{ name: '', dtype, shape, ...(fortranOrder && shape.length > 1 && { order: 'Fortran' as const }) }] }
    }
    case 'safetensors': {
      const { tensors, metadata } = await readSafetensorsHeader(source, where)
      const arrays = [...tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape }))
      return { arrays, details: metadata.format === 'fastkmeans' ? await modelDetails(source.name) : metadata }
    }
    case 'arrow': {
      const { fields, batches } = await readArrowIndex(source, where)
      const rows = batches.reduce((sum, batch) => sum + batch.rows, 0)
      return { arrays: fields.map(({ name, label }) => ({ name, dtype: label, shape: [rows] })), details: { batches: batches.length } }
    }
    case 'fvecs':
    case 'bvecs':
    case 'ivecs': {
      const { n, d, dtype, close } = await openPoints(source.name)
      await close()
      return { arrays: [{ name: '', dtype, shape: [n, d] }] }
    }
    default:
      return format satisfies never
  }
}

async function modelDetails(path: string): Promise<Record<string, unknown>> {
  const { inertia, nIter, stopReason, options, stats } = await loadModel(path)
  return { inertia, nIter, stopReason, options, stats }
}
