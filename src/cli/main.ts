/** @file The command line: which command, its help, its errors and exit codes (0 done, 1 failed, 2 written wrongly, 130 interrupted). */
import { readFile } from 'node:fs/promises'
import { nearestName } from '../optionChecks.js'
import { helpOf } from './command.js'
import type { Command, Streams } from './command.js'
import { exitCodeOf, usageError } from './errors.js'

/** The commands, each loaded when it is run: help and errors come at once, without the library. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  train: async () => (await import('./train.js')).train,
  predict: async () => (await import('./predict.js')).predict,
  demo: async () => (await import('./demo.js')).demo,
  info: async () => (await import('./info.js')).info,
}

/**
 * Runs a command.
 * @param args without the program: ['train', 'points.npy', '-k', '10', '-o', 'centroids.npy']
 * @returns the exit code
 */
export async function main(args: readonly string[], streams: Streams = process): Promise<number> {
  try {
    return await dispatch(args, streams)
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error))
    streams.stderr.write(`${args.includes('--debug') ? stack : message}\n`)
    if (exitCodeOf(error) === 2 && !args.includes('--json')) streams.stderr.write(`See fastkmeans ${helpName(args[0])}--help\n`)
    return exitCodeOf(error)
  }
}

const helpName = (name: string | undefined): string => (name !== undefined && Object.hasOwn(COMMANDS, name) ? `${name} ` : '')

async function dispatch(args: readonly string[], streams: Streams): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined) {
    streams.stderr.write(await overview())
    return 2
  }
  if (name === '--version' || name === '-V' || name === 'version') return print(streams, `${await version()}\n`)
  if (name === '--help' || name === '-h' || (name === 'help' && rest.length === 0)) return print(streams, await overview())
  const asked = name === 'help' ? rest[0] : name
  if (!Object.hasOwn(COMMANDS, asked)) {
    const what = asked.startsWith('-') ? 'a command first' : 'a command'
    const near = asked.startsWith('-') ? undefined : nearestName(asked, Object.keys(COMMANDS))
    const hint = near === undefined ? '' : `; did you mean ${near}?`
    throw usageError(`fastkmeans: expected ${what} (${Object.keys(COMMANDS).join(', ')}), got '${asked}'${hint}`)
  }
  const command = await COMMANDS[asked]()
  const help = name === 'help' || rest.includes('--help') || rest.includes('-h')
  return help ? print(streams, helpOf(asked, command)) : command.run(rest, streams)
}

function print({ stdout }: Streams, text: string): number {
  stdout.write(text)
  return 0
}

async function overview(): Promise<string> {
  const commands = await Promise.all(Object.entries(COMMANDS).map(async ([name, load]) => ({ name, ...(await load()) })))
  return `fastkmeans ${await version()}: k-means with exact labels on every device

Usage: fastkmeans COMMAND [FLAGS]

Commands:
${commands.map(({ name, summary }) => `  ${name.padEnd(9)} ${summary}`).join('\n')}

  fastkmeans COMMAND --help tells the rest.  --version: the version.

Examples:
  fastkmeans train points.npy -k 1024 -o centroids.npy
  fastkmeans predict points.npy -c centroids.npy -o labels.npy
`
}

async function version(): Promise<string> {
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
