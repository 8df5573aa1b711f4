/** @file Where and with what a record was made. */
import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { ROOT } from './cache.js'

export interface Machine {
  processor: string
  cores: number
  memoryBytes: number
  /** Name, memory and driver of each GPU; empty where there is none. */
  gpus: string[]
  node: string
  platform: string
  /** The commit of the repository, with a '+' behind it if files had been changed since. 'unknown' outside of a clone. */
  commit: string
  date: string
  /** The instruction set that FASTKMEANS_ISA forced, if it did. */
  isa?: string
}

function output(command: string, ...args: string[]): string | undefined {
  try {
    return execFileSync(command, args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return undefined
  }
}

/** This machine, now. FASTKMEANS_BENCH_COMMIT names the commit where git is not there. */
export function machine(): Machine {
  const processors = cpus()
  const gpus = output('nvidia-smi', '--query-gpu=name,memory.total,driver_version', '--format=csv,noheader')
  const changed = Boolean(output('git', 'status', '--porcelain', '--untracked-files=no', '--', 'src'))
  const commit = process.env.FASTKMEANS_BENCH_COMMIT ?? output('git', 'rev-parse', '--short', 'HEAD')
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    gpus: gpus ? gpus.split('\n') : [],
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    commit: commit === undefined ? 'unknown' : `${commit}${changed ? '+' : ''}`,
    date: new Date().toISOString().slice(0, 10),
    ...(process.env.FASTKMEANS_ISA && { isa: process.env.FASTKMEANS_ISA }),
  }
}
