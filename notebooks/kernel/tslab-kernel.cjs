/**
 * @file Starts tslab 1.0.22 as the TypeScript kernel, with repairs. Its files are not changed; what is replaced are exports of its modules before
 * its main module reads them, hence the exact version in package.json.
 *
 * usage (by kernels/tslab/kernel.json): node tslab-kernel.cjs <Jupyter's connection file>
 */
'use strict'
const { createRequire } = require('node:module')

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
replaceExports('@tslab/typescript-for-tslab', (ts) => {
  const options = {
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts'],
    strict: true,
    disableTopLevelAwait: false,
  }
  const createWatchCompilerHost = (files, defaults, ...rest) => ts.createWatchCompilerHost(files, { ...defaults, ...options }, ...rest)
  return new Proxy(ts, { get: (target, key) => (key === 'createWatchCompilerHost' ? createWatchCompilerHost : target[key]) })
})
const converters = requireTslab('./dist/converter.js')
const { createConverter } = converters
converters.createConverter = (options) => {
  const converter = createConverter(options)
  const convert = (declarations, source) => {
    const result = converter.convert(declarations, source)
    // An async function where none was needed does no harm, so the word is enough.
    return { ...result, hasToplevelAwait: result.hasToplevelAwait || /\bawait\b/.test(result.output ?? '') }
  }
  return { ...converter, convert }
}

const jupyter = requireTslab('./dist/jupyter.js')
const handler = jupyter.JupyterHandlerImpl.prototype
const server = jupyter.ZmqServer.prototype
const { TaskQueue } = requireTslab('./dist/util.js')

// 3. A failed cell has no error: Jupyter is told that something failed, not what; `nbconvert --execute` then prints an empty message.
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

// 4. Cells stay without a number, since tslab does not announce what it runs. Requests are taken as they come and run one after the other, so
//    the announcement is made by the run.
// 5. src/notebook asks which cell runs, to bring Plotly again when the cell that held it is run again.
// 6. After a failed cell tslab drops all cells of the next 200 ms, even where the client asked to go on (`--allow-errors`).
const announce = Symbol('announce')
const serveExecute = server.handleExecute
server.handleExecute = function (socket, message) {
  message.content[announce] = (run) => {
    const input = message.createReply()
    input.header.msg_type = 'execute_input'
    input.content = { code: message.content.code, execution_count: run }
    input.signAndSend(this.connInfo.key, this.iopub)
    globalThis.__runningCell = { id: message.metadata?.cellId, run }
  }
  return serveExecute.call(this, socket, message)
}
const runCell = handler.handleExecuteImpl
handler.handleExecuteImpl = function (request, ...rest) {
  request[announce](this.execCount + 1)
  const goOn = request.stop_on_error === false
  this.execQueue.reset = (delay) => TaskQueue.prototype.reset.call(this.execQueue, goOn ? undefined : delay)
  return runCell.call(this, request, ...rest)
}

// 7. tslab's display sends one MIME type at a time; a chart needs its text beside it, and a name to be replaced by.
globalThis.__displayBundle = (data, metadata = {}, id = undefined, update = false) =>
  jupyter.lastWriteDisplayData({ data, metadata, transient: id === undefined ? {} : { display_id: id } }, update)

// 8. A kernel outlives a server or runner that was killed. Its parent's id changes then (Windows tells nothing, and nothing changes there).
const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent) process.exit(1)
}, 1000).unref()

requireTslab('./dist/main.js').startKernel({ configPath: process.argv[2], enableFindLocal: false })
