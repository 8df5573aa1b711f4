/** @file The command line of the bench. */
import { parseArgs } from 'node:util'
import { LIBRARIES } from './runners/libraries.js'

export interface BenchArguments {
  suite: string
  /** --case a,b: these cases alone. */
  cases?: string[]
  /** --device cpu,wasm: our devices. */
  devices?: string[]
  /** --rivals faiss,sklearn; 'none': ours alone. */
  rivals?: string[]
  repeats?: number
  /** --k 256,1024: sizes of the seed's protocol. */
  sizes?: number[]
  /** --seconds: how long a library's trainings may take in one case. */
  seconds?: number
  /** --minutes: how long the suite may take; it is spread over the cases. */
  minutes?: number
  /** --save: writes the figures to bench/results, or to the file that follows --out. */
  out?: string
  save: boolean
  /** --append: further rounds of cases that are saved already. */
  append: boolean
}

const list = (text: string | undefined): string[] | undefined => text?.split(',').filter((part) => part !== '' && part !== 'none')

function libraries(name: string, text: string | undefined): string[] | undefined {
  const names = list(text)
  const unknown = names?.find((library) => LIBRARIES[library] === undefined)
  if (unknown !== undefined)
    throw new Error(`bench: expected --${name} to name some of ${Object.keys(LIBRARIES).join(', ')}, got '${unknown}'`)
  return names
}

function number(name: string, text: string): number {
  const value = Number(text)
  if (!(value >= 0)) throw new Error(`bench: expected --${name} to be a number of at least 0, got '${text}'`)
  return value
}

/** @throws Error for options or values that are not known */
export function benchArguments(args: readonly string[]): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      case: { type: 'string' },
      device: { type: 'string' },
      rivals: { type: 'string' },
      repeats: { type: 'string' },
      k: { type: 'string' },
      seconds: { type: 'string' },
      minutes: { type: 'string' },
      out: { type: 'string' },
      save: { type: 'boolean', default: false },
      append: { type: 'boolean', default: false },
    },
  })
  if (positionals.length !== 1)
    throw new Error(`bench: expected one suite, got ${positionals.length === 0 ? 'none' : positionals.join(', ')}`)
  const { repeats, seconds, minutes, k, out, save, append } = values
  return {
    suite: positionals[0],
    cases: list(values.case),
    devices: libraries('device', values.device),
    rivals: libraries('rivals', values.rivals),
    ...(repeats !== undefined && { repeats: number('repeats', repeats) }),
    ...(seconds !== undefined && { seconds: number('seconds', seconds) }),
    ...(minutes !== undefined && { minutes: number('minutes', minutes) }),
    ...(k !== undefined && { sizes: list(k)!.map((size) => number('k', size)) }),
    out,
    save: save || out !== undefined,
    append,
  }
}
