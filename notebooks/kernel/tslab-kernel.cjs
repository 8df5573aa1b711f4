/**
 * @file Starts tslab 1.0.22 as the TypeScript kernel, with repairs. Its files are not changed; what is replaced are exports of its modules before
 * its main module reads them, hence the exact version in package.json.
 *
 * usage (by kernels/tslab/kernel.json): node tslab-kernel.cjs <Jupyter's connection file>
 */
'use strict'
const { createHmac } = require('node:crypto')
const { writeSync } = require('node:fs')
const { createRequire } = require('node:module')
const { join } = require('node:path')
const { pathToFileURL } = require('node:url')
const { types } = require('node:util')

const requireTslab = createRequire(require.resolve('tslab/package.json'))
const replaceExports = (name, change) => {
  const exports = requireTslab(name)
  require.cache[requireTslab.resolve(name)].exports = change(exports)
  return exports
}

// 1. The cell that prints a lot hangs. zeromq.js lets a socket send 512 times at once, delays the next, and throws for a send before that one
//    is done (zeromq.js, src/socket.cc: max_sync_operations); tslab does not wait. Without a limit of the queue a send is never delayed.
const unlimited = (Socket) =>
  class extends Socket {
    constructor(options) {
      super({ sendTimeout: 0, sendHighWaterMark: 0, ...options })
    }
  }
replaceExports('zeromq', (zmq) => ({ ...zmq, Publisher: unlimited(zmq.Publisher), Router: unlimited(zmq.Router) }))

// 2. `import 'fastkmeans'` is not found: tslab resolves as Node did before "exports" and self-reference, without strict and with an old lib.
//    `await (…)` and `for await` are errors: tslab parses `await` as a name, and asks the parser's complaints whether there is one.
//    `({ k: clusters }) => …` loses every value of earlier cells where k belongs to a type of one: what tslab makes of such a name is
//    `exports.k`, which in a pattern binds `exports` itself.
//    `{ d }` with d of an earlier cell is `d is not defined`: tslab asks for the symbol of the property, which is the new object's.
replaceExports('@tslab/typescript-for-tslab', (ts) => {
  const options = {
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts'],
    strict: true,
    disableTopLevelAwait: false,
  }
  /** The program of the latest cell, of each converter. */
  const programs = []
  const createWatchCompilerHost = (files, defaults, ...rest) => {
    const host = ts.createWatchCompilerHost(files, { ...defaults, ...options }, ...rest)
    const { createProgram } = host
    const place = programs.push(undefined) - 1
    host.createProgram = (...args) => (programs[place] = createProgram(...args))
    return host
  }
  const visitEachChild = (node, visitor, context) => {
    if (!ts.isShorthandPropertyAssignment(node)) return ts.visitEachChild(node, visitor, context)
    const written = ts.getOriginalNode(node)
    const program = programs.map((one) => one?.getProgram()).find((one) => one?.getSourceFiles().includes(written.getSourceFile()))
    const declared = program?.getTypeChecker().getShorthandAssignmentValueSymbol(written)?.declarations?.[0]?.name
    // What tslab makes of the name where it is declared, it is to make of it here.
    if (declared === undefined || visitor(declared) === declared) return ts.visitEachChild(node, visitor, context)
    const value = ts.factory.createPropertyAccessExpression(ts.factory.createIdentifier('exports'), node.name.text)
    const fallback = node.objectAssignmentInitializer
    return ts.factory.createPropertyAssignment(
      node.name.text,
      fallback === undefined ? value : ts.factory.createAssignment(value, visitor(fallback)),
    )
  }
  const isNameInPattern = (node) => node.parent !== undefined && ts.isBindingElement(node.parent) && node.parent.propertyName === node
  const createPropertyAccessExpression = (object, name) =>
    isNameInPattern(name) ? name : ts.factory.createPropertyAccessExpression(object, name)
  const factory = Object.assign(Object.create(ts.factory), { createPropertyAccessExpression })
  const changed = { createWatchCompilerHost, factory, visitEachChild }
  return new Proxy(ts, { get: (target, key) => changed[key] ?? target[key] })
})
// 3. What a cell declared is unknown to the next ones if it failed or was stopped, though its values are there: the model whose training was
//    stopped, for one. The compiler's declarations are kept here, of every cell that compiled.
const converters = requireTslab('./dist/converter.js')
const { createConverter } = converters
converters.createConverter = (options) => {
  const converter = createConverter(options)
  let declared = ''
  const convert = (_declarations, source) => {
    const result = converter.convert(declared, source)
    if (result.diagnostics.length === 0) declared = result.declOutput ?? ''
    // An async function where none was needed does no harm, so the word is enough.
    return { ...result, hasToplevelAwait: result.hasToplevelAwait || /\bawait\b/.test(result.output ?? '') }
  }
  const inspect = (_declarations, ...rest) => converter.inspect(declared, ...rest)
  const complete = (_declarations, ...rest) => converter.complete(declared, ...rest)
  return { ...converter, convert, inspect, complete }
}

const jupyter = requireTslab('./dist/jupyter.js')
const handler = jupyter.JupyterHandlerImpl.prototype
const server = jupyter.ZmqServer.prototype
const { TaskQueue } = requireTslab('./dist/util.js')

// 4. A failed cell has no error: Jupyter is told that something failed, not what; `nbconvert --execute` then prints an empty message.
const handleExecute = handler.handleExecute
handler.handleExecute = async function (request, writeStream, writeDisplayData) {
  let printed = ''
  const listen = (name, text) => {
    if (name === 'stderr') printed += text
    writeStream(name, text)
  }
  const reply = await handleExecute.call(this, request, listen, writeDisplayData)
  if (reply.status === 'error') return { ...reply, ...errorOf(printed) }
  return reply.status === 'abort' ? { ...reply, status: 'aborted' } : reply
}

/** What tslab printed (a stack, or complaints of the compiler) as Jupyter's error. */
function errorOf(printed) {
  const traceback = printed.trimEnd().split('\n')
  const thrown = /^(?:Uncaught )?(\w*Error)(?: \[\w+\])?: (.*)$/m.exec(printed)
  return { ename: thrown?.[1] ?? 'Error', evalue: thrown?.[2] ?? traceback[0], traceback }
}

// 5. Cells stay without a number, since tslab does not announce what it runs. Requests are taken as they come and run one after the other, so
//    the announcement is made by the run.
// 6. src/notebook asks which cell runs, to bring Plotly again when the cell that held it is run again.
// 7. After a failed cell tslab drops every cell of the next 200 ms, also one that was started after the failure was seen, and also where the client
//    asked to go on (`--allow-errors`). Here those are dropped that were sent before.
const announce = Symbol('announce')
const sentAt = Symbol('sentAt')
/** Milliseconds that the client's clock is behind, at most: what a message took on its way is in it. */
let behind = Infinity
let failedAt = -Infinity
const serveExecute = server.handleExecute
server.handleExecute = function (socket, message) {
  const sent = Date.parse(message.header.date)
  if (Number.isFinite(sent)) behind = Math.min(behind, Date.now() - sent)
  message.content[sentAt] = sent + behind
  message.content[announce] = (run) => {
    const input = message.createReply()
    input.header.msg_type = 'execute_input'
    input.content = { code: message.content.code, execution_count: run }
    input.signAndSend(this.connInfo.key, this.iopub)
    globalThis.__runningCell = { id: message.metadata?.cellId, run }
  }
  return serveExecute.call(this, socket, message)
}
const answerExecute = handler.handleExecute
handler.handleExecute = async function (request, ...rest) {
  if (request[sentAt] < failedAt) return { status: 'aborted' }
  const reply = await answerExecute.call(this, request, ...rest)
  if (reply.status === 'error' && request.stop_on_error !== false) failedAt = Date.now()
  return reply
}
const runCell = handler.handleExecuteImpl
handler.handleExecuteImpl = function (request, ...rest) {
  request[announce](this.execCount + 1)
  this.execQueue.reset = () => TaskQueue.prototype.reset.call(this.execQueue)
  return runCell.call(this, request, ...rest)
}

// 8. tslab's display sends one MIME type at a time; a chart needs its text beside it, and a name to be replaced by.
globalThis.__displayBundle = (data, metadata = {}, id = undefined, update = false) =>
  jupyter.lastWriteDisplayData({ data, metadata, transient: id === undefined ? {} : { display_id: id } }, update)

// 9. The last expression of a cell is printed, whatever it is: charts, models and points show themselves; of a promise is said what to do with it.
// 10. An error is printed with a stack of tslab's and the library's insides, at lines of code that nobody wrote.
// 11. The stop button ends a cell at once, and what it awaited goes on unseen. What registers a handler is given time to end the cell by itself,
//     with its own words; that it was stopped counts as an error in any case, so that the cells after it do not run.
const executors = requireTslab('./dist/executor.js')
const { createExecutor } = executors
/** Milliseconds that a stopped cell has. */
const PATIENCE = 1000
const error = (thrown, ...more) => console.error(thrown instanceof Error ? withoutInsides(thrown) : thrown, ...more)
const PROMISE = 'A Promise: its work goes on. Write await in front of it to wait for it and see its result.'
const LIBRARY = pathToFileURL(join(__dirname, '..', '..', 'dist')).href
globalThis.__interruptHandlers = new Set()
executors.createExecutor = (folder, convs) => {
  const requireHere = createRequire(join(folder, 'cell.js'))
  const log = (value) => {
    if (types.isPromise(value)) console.log(PROMISE)
    else if (!shownByItself(value, requireHere)) console.log(value)
  }
  const executor = createExecutor(folder, convs, { log, error })
  let stopped = false
  let giveUp
  const execute = async (source) => {
    stopped = false
    const ok = await executor.execute(source)
    clearTimeout(giveUp)
    if (ok && stopped) console.error('Interrupted')
    return ok && !stopped
  }
  const interrupt = () => {
    stopped = true
    const handlers = [...globalThis.__interruptHandlers]
    for (const handle of handlers) handle()
    clearTimeout(giveUp)
    if (handlers.length === 0) executor.interrupt()
    else giveUp = setTimeout(() => executor.interrupt(), PATIENCE)
  }
  return { ...executor, execute, interrupt }
}

function shownByItself(value, requireHere) {
  if (typeof value !== 'object' || value === null) return false
  const figure = Array.isArray(value.data) && typeof value.layout === 'object'
  const points = Array.isArray(value.blocks) && 'n' in value && 'd' in value
  if (!figure && !points && typeof value[Symbol.for('Jupyter.display')] !== 'function') return false
  try {
    requireHere('fastkmeans').notebook.show(value)
    return true
  } catch {
    return false
  }
}

/**
 * An error's message, and what the cell called, from there to the fault. Without the frames of our library where its message tells what is wrong
 * ('train: expected …').
 */
function withoutInsides(error) {
  const [head, ...stack] = (error.stack ?? String(error)).split(/\n {4}at /)
  // Of what is thrown before the first await, Node shows the line of code in front.
  const message = head.replace(/^(?!evalmachine)\S+:\d+\n[^]*?\n *\^+\n\n/, '')
  const cell = stack.findIndex((frame) => frame.includes('evalmachine.<anonymous>'))
  const told = /^[\w.]+: /.test(error.message)
  const frames = stack
    .slice(0, cell < 0 ? stack.length : cell)
    .filter((frame) => !/\bnode:|<anonymous>|[\\/]tslab[\\/]/.test(frame) && !(told && frame.includes(LIBRARY)))
  const cause = error.cause instanceof Error ? `\ncaused by ${withoutInsides(error.cause)}` : ''
  return [message, ...frames].join('\n    at ') + cause
}

// 12. A kernel outlives a server or runner that was killed. Its parent's id changes then (Windows tells nothing, and nothing changes there).
const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent) process.exit(1)
}, 1000).unref()

// 13. What reaches a port by mistake (a heartbeat or a request meant for another kernel, which had that port before or was given it too) is an
//     error of the cell that runs. It is told in the log, as by Jupyter's own kernel.
// 14. A signature is of four parts; tslab takes the binary buffers behind them in, which Jupyter does not.
const DELIMITER = Buffer.from('<IDS|MSG>')
const serveMessage = server.handleShellMessage
server.handleShellMessage = async function (socket, ...frames) {
  const delimiter = frames.findIndex((frame) => frame.equals(DELIMITER))
  const [signature, ...parts] = frames.slice(delimiter + 1, delimiter + 6)
  const expected = createHmac('sha256', this.connInfo.key)
  for (const part of parts) expected.update(part)
  if (delimiter < 0 || parts.length < 4 || signature.toString() !== expected.digest('hex')) {
    log('a message without our signature was dropped')
    return
  }
  await serveMessage.call(this, socket, ...frames.slice(0, delimiter + 6))
}

// 15. A kernel that cannot have its ports waits for messages that never come. Ended, it is started again by Jupyter, with other ports.
const { init } = server
server.init = async function () {
  try {
    await init.call(this)
  } catch (fault) {
    log(`no port: ${fault.message}`)
    process.exit(1)
  }
}

/** To the terminal that the kernel was started from: what `process.stderr` gets is shown below the cell that runs. */
function log(text) {
  writeSync(2, `TypeScript kernel: ${text}\n`)
}

requireTslab('./dist/main.js').startKernel({ configPath: process.argv[2], enableFindLocal: false })

// 16. What a promise that nobody awaits ends with is printed with all insides too.
process.removeAllListeners('unhandledRejection')
process.on('unhandledRejection', (reason) => {
  console.error('In a promise that was not awaited:', reason instanceof Error ? withoutInsides(reason) : reason)
})
