/** @file How many centroids the C kernels need before they screen packed points instead of computing float32 distances. */

/**
 * The value of (k − 20)·d at which screening and float32 distances take about as long. Measured on 60,000 to 100,000 rows, d = 16 to 784,
 * two cores, AMX and AVX2.
 */
export const SCREEN_FROM = 6000

/** Whether points are packed into one byte per value and screened; with fewer centroids their distances are computed in float32. */
export const isScreened = (k: number, d: number): boolean => (k - 20) * d > SCREEN_FROM
