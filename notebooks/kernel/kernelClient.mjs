/** @file One TypeScript kernel as a child process, and Jupyter's messages to and from it (jupyter-client, "Messaging in Jupyter", 5.3). */
import { spawn } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const DELIMITER = '<IDS|MSG>'
const START_SECONDS = 60

/** Of the kernels that run or start. */
const kills = new Set()

/** Ends all kernels at once, with their children and files, for a process that is about to end itself. */
export const killKernels = () => kills.forEach((kill) => kill())

/** Starts a kernel in the folder of `notebook`, and waits until it answers. */
export async function startKernel(notebook) {
  const zeromq = loadZeromq()
  const folder = mkdtempSync(join(tmpdir(), 'fastkmeans-kernel-'))
  const { transport, ip, ports } = await addresses(folder)
  const [shell_port, iopub_port, stdin_port, control_port, hb_port] = ports
  const key = randomUUID()
  const connection = { transport, ip, signature_scheme: 'hmac-sha256', key, shell_port, iopub_port, stdin_port, control_port, hb_port }
  const { dead, end } = spawnKernel(notebook, folder, connection)
  const { send, disconnect } = connect(zeromq, connection)
  const kernel = {
    async close() {
      disconnect()
      await end()
    },
    /** Runs one cell. `onOutput(type, content)` gets its messages; the promise is the kernel's reply, after all of them. */
    async execute(code, cellId, onOutput, seconds) {
      const abort = new AbortController()
      const late = sleep(seconds * 1000, undefined, { signal: abort.signal }).then(() => {
        throw new Error(`a cell took longer than ${seconds} s:\n${code}`)
      })
      late.catch(() => {})
      try {
        return await Promise.race([runCell(send, code, cellId, onOutput), dead, late])
      } finally {
        abort.abort()
      }
    },
  }
  try {
    await Promise.race([dead, answer(send)])
    return kernel
  } catch (error) {
    await kernel.close()
    throw error
  }
}

/**
 * The kernel's process. `dead` is rejected when it ends; `end` ends it, with what it has started, and removes its folder.
 * @param folder where the kernel finds `connection`, in a file
 */
function spawnKernel(notebook, folder, connection) {
  const file = join(folder, 'connection.json')
  writeFileSync(file, JSON.stringify(connection), { mode: 0o600 })
  // A process group of its own: what the cells start ends with it, and Ctrl-C reaches this process only, which then ends the group.
  const group = process.platform !== 'win32'
  const child = spawn(process.execPath, [join(here, 'tslab-kernel.cjs'), file], {
    cwd: dirname(resolve(notebook)),
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: group,
  })
  const exited = new Promise((done) => child.once('exit', (code, signal) => done(`the kernel ended (${signal ?? `code ${code}`})`)))
  const dead = exited.then((reason) => Promise.reject(new Error(reason)))
  dead.catch(() => {})
  const kill = () => {
    kills.delete(kill)
    try {
      if (group) process.kill(-child.pid, 'SIGKILL')
      else child.kill('SIGKILL')
    } catch {
      // It has ended by itself.
    }
    rmSync(folder, { recursive: true, force: true })
  }
  kills.add(kill)
  const end = async () => {
    kill()
    await exited
  }
  return { dead, end }
}

/** Sockets to a kernel. `send(type, content, metadata, listener)` sends a message; `listener(type, content)` gets all that answers it. */
function connect({ Dealer, Subscriber }, { transport, ip, key, shell_port, iopub_port }) {
  const shell = new Dealer({ linger: 0 })
  const iopub = new Subscriber({ linger: 0 })
  shell.connect(`${transport}://${ip}:${shell_port}`)
  iopub.connect(`${transport}://${ip}:${iopub_port}`)
  iopub.subscribe()
  const listeners = new Map()
  listen(iopub, listeners)
  listen(shell, listeners)
  const session = randomUUID()
  const send = async (msg_type, content, metadata = {}, listener = () => {}) => {
    const header = { msg_id: randomUUID(), session, username: 'runNotebooks', date: new Date().toISOString(), msg_type, version: '5.3' }
    listeners.set(header.msg_id, listener)
    const parts = [header, {}, metadata, content].map((part) => JSON.stringify(part))
    const signature = createHmac('sha256', key)
    for (const part of parts) signature.update(part)
    await shell.send([DELIMITER, signature.digest('hex'), ...parts])
  }
  const disconnect = () => {
    shell.close()
    iopub.close()
  }
  return { send, disconnect }
}

/** The kernel's reply to a cell, once it is idle again: outputs come on another socket, and may be later than the reply. */
function runCell(send, code, cellId, onOutput) {
  const content = { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false, stop_on_error: true }
  return new Promise((done, fail) => {
    let reply
    let idle = false
    const listener = (type, body) => {
      if (type === 'execute_reply') reply = body
      else if (type === 'status') idle = body.execution_state === 'idle'
      else onOutput(type, body)
      if (reply && idle) done(reply)
    }
    send('execute_request', content, cellId === undefined ? {} : { cellId }, listener).catch(fail)
  })
}

/** Asks until an answer comes on the channel of outputs: a subscription needs a moment, and what is sent before is lost. */
async function answer(send) {
  let hear
  const heard = new Promise((done) => (hear = done))
  for (let tenths = 0; tenths < START_SECONDS * 10; tenths++) {
    await send('kernel_info_request', {}, {}, (type) => type === 'status' && hear(true))
    if (await Promise.race([heard, sleep(100, false)])) return
  }
  throw new Error(`the kernel did not answer in ${START_SECONDS} s`)
}

async function listen(socket, listeners) {
  for await (const frames of socket) {
    const start = frames.findIndex((frame) => frame.toString() === DELIMITER) + 2
    const [header, parent, , content] = frames.slice(start, start + 4).map((frame) => JSON.parse(frame.toString()))
    listeners.get(parent.msg_id)?.(header.msg_type, content)
  }
}

/**
 * Where the kernel's five sockets are. A free port may be another's before the kernel has it, so they are files in its own folder, except
 * on Windows and where the folder's name is too long for that (107 bytes on Linux, 103 on macOS).
 */
async function addresses(folder) {
  const ip = join(folder, 'socket')
  if (process.platform !== 'win32' && Buffer.byteLength(ip) < 100) return { transport: 'ipc', ip, ports: [1, 2, 3, 4, 5] }
  const servers = await Promise.all([1, 2, 3, 4, 5].map(listenAnywhere))
  const ports = servers.map((server) => server.address().port)
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
  return { transport: 'tcp', ip: '127.0.0.1', ports }
}

function listenAnywhere() {
  return new Promise((done, fail) => {
    const server = createServer().once('error', fail)
    server.listen(0, '127.0.0.1', () => done(server))
  })
}

function loadZeromq() {
  const require = createRequire(import.meta.url)
  try {
    return createRequire(require.resolve('tslab/package.json'))('zeromq')
  } catch (error) {
    throw new Error('the kernel is not installed; run: npm ci --prefix notebooks/kernel', { cause: error })
  }
}
