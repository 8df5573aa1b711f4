/** @file From how many centroids on the C kernels screen packed points. */

/** (k − 20)·d, about where the screen and float32 take as long; read off 60,000 to 100,000 rows, d = 16 to 784, two cores, AMX and AVX2. */
export const SCREEN_FROM = 6000

/** Whether points are packed into bytes and screened; fewer centroids are met in float32. */
export const isScreened = (k: number, d: number): boolean => (k - 20) * d > SCREEN_FROM
