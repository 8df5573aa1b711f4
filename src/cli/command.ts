/** @file What a command is, and its help. */
import type { Flags } from './args.js'

/** Where a command writes: stdout for its result alone, stderr for the rest. */
export interface Streams {
  stdout: { write(text: string): unknown }
  stderr: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number }
}

/** A command: what its help says, and what it does. */
export interface Command {
  /** One line for the list of commands. */
  summary: string
  /** What follows the name: 'points.npy -k K -o centroids.npy'. */
  usage: string
  flags: Flags
  /** Further words for its help. */
  notes?: string
  /** Command lines with what they do. */
  examples: readonly (readonly [line: string, what: string])[]
  /** @returns the exit code */
  run(args: readonly string[], streams: Streams): Promise<number>
}

/** Flags of every command. */
export const COMMON_FLAGS: Flags = {
  json: { help: 'the result as one JSON object on stdout, and nothing else there' },
  debug: { help: 'errors with their stack' },
  help: { short: 'h', help: 'this text' },
}

const WIDTH = 100

/** The help of one command. */
export function helpOf(name: string, { summary, usage, flags, notes, examples }: Command): string {
  const heads = Object.entries(flags).map(([flag, { short, value }]) => {
    const names = flag.length === 1 ? `-${flag}` : `${short ? `-${short}, ` : '    '}--${flag}`
    return value === undefined ? names : `${names} ${value}`
  })
  const indent = Math.min(34, Math.max(...heads.map((head) => head.length)) + 4)
  const lines = Object.values(flags).map(({ help }, i) => {
    const head = `  ${heads[i]}`.padEnd(indent)
    const text = wrapped(help, WIDTH - indent).join(`\n${' '.repeat(indent)}`)
    return head.length > indent ? `${head}\n${' '.repeat(indent)}${text}` : head + text
  })
  const shown = examples.map(([line, what]) => `  ${line}\n      ${what}`)
  return [
    `fastkmeans ${name}: ${summary}`,
    `Usage: fastkmeans ${name} ${usage}`,
    ...(notes === undefined
      ? []
      : [
          notes
            .split('\n')
            .flatMap((line) => wrapped(line, WIDTH))
            .join('\n'),
        ]),
    `Flags:\n${lines.join('\n')}`,
    `Examples:\n${shown.join('\n')}`,
    '',
  ].join('\n\n')
}

function wrapped(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1]
    if (line === '') lines[lines.length - 1] = word
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}
