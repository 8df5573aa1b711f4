/**
 * @file Files in and out: numpy (.npy), safetensors, faiss's .fvecs/.bvecs/.ivecs, Arrow IPC; points, labels and models.
 */

export { openPoints, pointsFormat, readPoints } from './points.js'
export type { OpenPointsOptions, PointsFile, PointsFormat, ReadPointsOptions } from './points.js'
export { writeLabels, writePoints } from './write.js'
export type { WriteOptions, WritePointsOptions } from './write.js'
export { loadModel, saveModel } from './model.js'
export type { ModelLike, SavedModel, SaveModelOptions } from './model.js'
export { readNpy, writeNpy } from './npy.js'
export type { NpyArray, WriteNpyOptions } from './npy.js'
export { readSafetensors, writeSafetensors } from './safetensors.js'
export type { ReadSafetensorsOptions, Safetensors, Tensor, TensorInput, WriteSafetensorsOptions } from './safetensors.js'
export { readBvecs, readFvecs, readIvecs, writeBvecs, writeFvecs, writeIvecs } from './vecs.js'
export type { Vecs } from './vecs.js'
export { writeArrow } from './arrowWrite.js'
export type { ArrowColumn, WriteArrowOptions } from './arrowWrite.js'
export { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './float16.js'
export type { DType, TypedArray } from './dtype.js'
export type { ArrayData } from './encode.js'
export type { FilePath } from './source.js'
