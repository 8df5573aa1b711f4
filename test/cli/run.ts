/** @file The built command line as a process of its own. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll } from 'vitest'

const CLI = resolve(import.meta.dirname, '../../dist/cli.js')

export interface Finished {
  code: number | null
  stdout: string
  stderr: string
}

/** A folder that lasts as long as the tests of a file. */
export function temporaryFolder(): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'fastkmeans-cli-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return (name) => join(folder, name)
}

const children: ChildProcess[] = []
afterAll(() => children.forEach((child) => child.kill('SIGKILL')))

/** Runs `fastkmeans` to its end. */
export function fastkmeans(...args: string[]): Promise<Finished> {
  return start(args).finished
}

/**
 * Starts `fastkmeans`; `line` resolves with the first line on stderr that contains `text`.
 * @param unread closes the pipes at once, as `| true` does
 */
export function start(
  args: string[],
  { unread = false } = {},
): {
  kill(signal: NodeJS.Signals): void
  line(text: string): Promise<string>
  finished: Promise<Finished>
} {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  if (unread) for (const pipe of [child.stdout, child.stderr]) pipe.destroy()
  let stdout = ''
  let stderr = ''
  const waiting: { text: string; resolve(line: string): void }[] = []
  const look = (): void => {
    for (const { text, resolve: found } of waiting) {
      const line = stderr.split('\n').find((each) => each.includes(text))
      if (line !== undefined) found(line)
    }
  }
  child.stdout.on('data', (data) => (stdout += data))
  child.stderr.on('data', (data) => {
    stderr += data
    look()
  })
  const finished = new Promise<Finished>((done, fail) => {
    child.on('error', fail)
    child.on('close', (code) => done({ code, stdout, stderr }))
  })
  const line = (text: string): Promise<string> =>
    new Promise((found, fail) => {
      waiting.push({ text, resolve: found })
      look()
      void finished.then(() => fail(new Error(`expected '${text}' on stderr, got:\n${stderr}`)))
    })
  return { kill: (signal) => child.kill(signal), line, finished }
}
