/** @file Whole trainings on the CPU beside what others reach there. */
import type { BenchArguments } from '../arguments.js'
import type { BenchCase } from '../cases/cases.js'
import { CPU_CASES, workOf } from '../cases/cases.js'
import { chosenCases, measureAll } from './trainings.js'

const DEVICES = ['cpu', 'wasm']
const RIVALS = ['faiss', 'sklearn', 'superkmeans']
/** Slower rivals, which take part where a training of theirs takes seconds. */
const SLOW = ['fastkmeans', 'fast-pytorch', 'tfjs-naive', 'ml-kmeans']
const SLOW_WORK = 2e11
/** Minutes for the cases. The suite is to end within 20, and the last case may take longer than was judged. */
const MINUTES = 18
const SECONDS = 12

const rivalsOf = (c: BenchCase): string[] => [
  ...RIVALS.filter((name) => name !== 'superkmeans' || c.init !== 'k-means++'),
  ...(workOf(c) <= SLOW_WORK && c.init !== 'k-means++' ? SLOW : []),
]

export async function cpuSuite(args: BenchArguments): Promise<void> {
  const { devices = DEVICES, rivals } = args
  const given = { ...args, minutes: args.minutes ?? MINUTES }
  await measureAll(given, chosenCases(CPU_CASES, args.cases), (c) => ({
    libraries: [...devices, ...(rivals ?? rivalsOf(c))],
    seconds: SECONDS,
    judge: 'cpu',
  }))
}
