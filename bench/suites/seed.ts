/**
 * @file The protocol of the Python library's speedbench.py: n = 100·k, d = 128, 10 iterations, no early stop, no subsampling, structured
 * and random points. Unlike there training alone is timed for everybody, and more than once.
 */
import type { BenchArguments } from '../arguments.js'
import { seedCase } from '../cases/cases.js'
import { chosenCases, measureAll } from './trainings.js'

/** What two cores do in minutes; the sizes of the original are k = 8192 to 262144 (suite gpu). */
const SIZES = [256, 512, 1024, 2048, 4096]
const DEVICES = ['cpu', 'wasm']
const RIVALS = ['faiss', 'sklearn', 'superkmeans', 'fastkmeans', 'float64']
/** Minutes for the cases. The suite is to end within 8, and the last case may take longer than was judged. */
const MINUTES = 7
/** Random points are trained on up to this k only: beyond, they show nothing new and take as long as the structured ones. */
const RANDOM_UP_TO = 2048

export async function seedSuite(args: BenchArguments): Promise<void> {
  const { devices = DEVICES, rivals = RIVALS, sizes = SIZES } = args
  const cases = [...sizes.map((k) => seedCase(k, true)), ...sizes.filter((k) => k <= RANDOM_UP_TO).map((k) => seedCase(k, false))]
  const chosen = chosenCases(cases, args.cases)
  await measureAll({ ...args, minutes: args.minutes ?? MINUTES }, chosen, () => ({ libraries: [...devices, ...rivals], judge: 'cpu' }))
}
