/** n rows around k/4 centers, d columns, in one array: what the tools of this folder measure. */
export function blobs(n: number, k: number, d: number): Float32Array {
  const x = new Float32Array(n * d)
  let state = 1
  const next = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0) / 2 ** 31
  const centers = Float32Array.from({ length: Math.max(1, k >> 2) * d }, () => 4 * next())
  for (let i = 0; i < n; i++) {
    const at = ((i * 7919) % Math.max(1, k >> 2)) * d
    for (let t = 0; t < d; t++) x[i * d + t] = centers[at + t] + next() + next()
  }
  return x
}
