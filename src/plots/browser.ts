/**
 * @file Drives an installed browser without a window through pipes (Chrome DevTools Protocol, --remote-debugging-pipe), so that neither a
 * network port nor a package is needed.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

/** One open page. */
export interface Page {
  /** The value of a JavaScript expression; of a promise, what it resolves to. */
  evaluate(expression: string): Promise<unknown>
}

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
  'msedge',
  'brave-browser',
]
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]
/** Seconds for one answer: a machine under load starts a browser in ten. */
const PATIENCE = 60

/** The program of a browser built on Chromium: FASTKMEANS_BROWSER, else one on the PATH, else one in its usual place. */
export function findBrowser(where: string): string {
  const given = process.env.FASTKMEANS_BROWSER
  if (given !== undefined) {
    if (existsSync(given)) return given
    throw new Error(`${where}: expected FASTKMEANS_BROWSER to name a browser's program, got '${given}', which is not there`)
  }
  const folders = (process.env.PATH ?? '').split(delimiter)
  const names = process.platform === 'win32' ? NAMES.map((name) => `${name}.exe`) : NAMES
  const found = [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...PLACES].find((file) => existsSync(file))
  if (found !== undefined) return found
  throw new Error(
    `${where}: expected a browser (Chromium, Chrome or Edge) to draw the image, found none; install one, name its program in ` +
      'FASTKMEANS_BROWSER, or write HTML, which needs none',
  )
}

/** Opens an empty page of width × height pixels, hands it to `use`, and ends the browser, whatever comes. */
export async function withPage<T>(where: string, size: { width: number; height: number }, use: (page: Page) => Promise<T>): Promise<T> {
  const program = findBrowser(where)
  const profile = await mkdtemp(join(tmpdir(), 'fastkmeans-browser-'))
  const args = ['--headless', '--remote-debugging-pipe', `--user-data-dir=${profile}`, `--window-size=${size.width},${size.height}`]
  args.push(
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--hide-scrollbars',
  )
  // Chromium refuses its sandbox to root, as in containers; the page holds nothing but our own script.
  if (process.getuid?.() === 0) args.push('--no-sandbox')
  const child = spawn(program, [...args, 'about:blank'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] })
  const ended = new Promise<never>((_, fail) => {
    child.once('error', (cause) => fail(new Error(`${where}: the browser ${program} could not be started`, { cause })))
    child.once('exit', (code, signal) => fail(new Error(`${where}: the browser ${program} ended (${signal ?? `code ${code}`})`)))
  })
  ended.catch(() => {})
  const closed = new Promise((done) => child.once('close', done).once('error', done))
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`${where}: the browser ${program} did not answer in ${PATIENCE} s`)), PATIENCE * 1000)
  })
  try {
    const call = caller(child.stdio[3] as Writable, child.stdio[4] as Readable)
    const work = async (): Promise<T> => {
      const { targetId } = await call('Target.createTarget', { url: 'about:blank' })
      const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true })
      const evaluate = async (expression: string): Promise<unknown> => {
        const answer = await call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }, sessionId as string)
        const { exceptionDetails, result } = answer as Evaluated
        if (exceptionDetails) throw new Error(`${where}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`)
        return result?.value
      }
      return use({ evaluate })
    }
    return await Promise.race([work(), ended, late])
  } finally {
    clearTimeout(timer)
    child.kill('SIGKILL')
    await closed
    // The browser's own children may still write there for a moment.
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
}

interface Evaluated {
  result?: { value?: unknown }
  exceptionDetails?: { text: string; exception?: { description?: string } }
}

type Call = (method: string, params: object, sessionId?: string) => Promise<Record<string, unknown>>

/** Requests and their answers: JSON, each ended by a zero byte. */
function caller(to: Writable, from: Readable): Call {
  const waiting = new Map<number, { done(result: Record<string, unknown>): void; fail(error: Error): void }>()
  let id = 0
  let pieces: Buffer[] = []
  to.on('error', () => {}) // the end of the browser is told by its exit
  from.on('data', (chunk: Buffer) => {
    for (let end = chunk.indexOf(0); end >= 0; end = chunk.indexOf(0)) {
      const message = JSON.parse(Buffer.concat([...pieces, chunk.subarray(0, end)]).toString())
      pieces = []
      chunk = chunk.subarray(end + 1)
      const request = waiting.get(message.id)
      waiting.delete(message.id)
      if (message.error) request?.fail(new Error(message.error.message))
      else request?.done(message.result)
    }
    if (chunk.length > 0) pieces.push(chunk)
  })
  return (method, params, sessionId) =>
    new Promise((done, fail) => {
      waiting.set(++id, { done, fail })
      to.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    })
}
