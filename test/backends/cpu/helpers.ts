/**
 * @file The instruction sets that the tests of the native CPU backend run on. Where the library cannot be had (no C compiler, no koffi)
 * they are skipped and the output says why; with 'cpu' in KMEANS_REQUIRE that is a failure.
 */
import { openCpu } from '../../../src/backends/cpu/cpu.js'

/** Those that this processor has, the best first. */
export const isas: string[] = []

for (const isa of ['amx', 'avx512vnni', 'avxvnni', 'avx2', 'neonmatrix', 'neondot', 'neon', 'plain'])
  try {
    await openCpu({ isa })
    isas.push(isa)
  } catch (error) {
    console.log(`cpu:${isa} is not tested: ${(error as Error).message}`)
  }

if (isas.length === 0 && process.env.KMEANS_REQUIRE?.split(',').includes('cpu'))
  throw new Error("KMEANS_REQUIRE: expected the device 'cpu' to be there, got none")
