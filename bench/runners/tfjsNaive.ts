/** @file Lloyd's algorithm as one writes it in TensorFlow.js: all distances at once, arg-min, one-hot product for the sums. WebAssembly. */
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-wasm'
import { serve } from './serve.js'

await tf.setBackend('wasm')
await tf.ready()

const nearest = (x: tf.Tensor2D, c: tf.Tensor2D): tf.Tensor1D =>
  tf.tidy(() => tf.argMin(tf.sub(tf.sum(tf.square(c), 1), tf.mul(2, tf.matMul(x, c, false, true))), 1))

await serve(`TensorFlow.js ${tf.version_core}, naive ops (wasm)`, async ({ blocks, start, n, d, k, niter }) => {
  const x = tf.tensor2d(blocks[0], [n, d])
  let centroids = tf.tensor2d(start, [k, d])
  for (let i = 0; i < niter; i++) {
    const next = tf.tidy(() => {
      const own = tf.cast(tf.oneHot(nearest(x, centroids), k), 'float32') as tf.Tensor2D
      const counts = tf.expandDims(tf.sum(own, 0), 1)
      const means = tf.div(tf.matMul(own, x, true), tf.maximum(counts, 1))
      return tf.where(tf.tile(tf.greater(counts, 0), [1, d]), means, centroids) as tf.Tensor2D
    })
    centroids.dispose()
    centroids = next
  }
  const found = Float32Array.from(await centroids.data())
  tf.dispose([x, centroids])
  const labels = (): tf.Tensor1D => tf.tidy(() => nearest(tf.tensor2d(blocks[0], [n, d]), tf.tensor2d(found, [k, d])))
  return { iterations: niter, centroids: found, predict: async () => (await labels().data()) as Int32Array }
})
