/**
 * Trainings of this library beside every peer: `npm run bench -- SUITE [options]`. bench/README.md tells the suites and how to read them.
 */
import { benchArguments } from './arguments.js'
import type { BenchArguments } from './arguments.js'

/** Loaded when asked for: one suite needs no GPU, another no rivals. */
const SUITES: Record<string, (args: BenchArguments) => Promise<void>> = {
  cpu: async (args) => (await import('./suites/cpu.js')).cpuSuite(args),
  seed: async (args) => (await import('./suites/seed.js')).seedSuite(args),
  quality: async (args) => (await import('./suites/quality.js')).qualitySuite(args),
  memory: async (args) => (await import('./suites/memory.js')).memorySuite(args),
  growth: async (args) => (await import('./suites/growth.js')).growthSuite(args),
  smoke: async (args) => (await import('./suites/smoke.js')).smokeSuite(args),
  report: async () => (await import('./suites/report.js')).reportSuite(),
  gpu: async (args) => (await import('./suites/gpu.js')).gpuSuite(args),
}

try {
  const args = benchArguments(process.argv.slice(2))
  const suite = SUITES[args.suite]
  if (suite === undefined) throw new Error(`bench: expected one of ${Object.keys(SUITES).join(', ')}, got '${args.suite}'`)
  await suite(args)
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
