/** @file notebooks/kernel/runNotebooks.mjs: what passes, what fails and how, and that nothing is left behind. Needs a built package. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const runner = join(root, 'notebooks', 'kernel', 'runNotebooks.mjs')
mkdirSync(join(root, '.cache'), { recursive: true })
// In the package, as the notebooks are: the kernel finds the types of Node and the package's own name from there.
const folder = mkdtempSync(join(root, '.cache', 'notebooks-'))
const temporary = mkdtempSync(join(tmpdir(), 'runner-'))

const kernelspec = { name: 'tslab', display_name: 'TypeScript (tslab)', language: 'typescript' }
let count = 0
function notebook(sources, metadata = { kernelspec }) {
  const file = join(folder, `${count++}.ipynb`)
  const cells = sources.map((source, i) => ({ cell_type: 'code', id: `c${i}`, execution_count: null, metadata: {}, outputs: [], source }))
  writeFileSync(file, JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }))
  return file
}

function start(...args) {
  const child = spawn(process.execPath, [runner, ...args], { env: { ...process.env, TMPDIR: temporary } })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (printed += data))
  return { child, ended: once(child, 'close').then(([code]) => ({ code, printed })) }
}
const run = (...args) => start(...args).ended

async function fails(sources, expected, ...args) {
  const { code, printed } = await run(...args, notebook(sources))
  assert.equal(code, 1, printed)
  assert.match(printed, expected)
}

const tests = {
  async 'an object takes values of earlier cells by their name alone, and so does an assignment'() {
    const file = notebook([
      "import { metrics } from 'fastkmeans'\nconst d = 3\nlet a = 1, b = 2",
      'const own = 5\nconsole.log("object", { d, own, a: b }, Object.keys({ metrics }))\n;({ a, b = d } = { a: 7 } as { a: number; b?: number })\nawait 0',
      'const f = ({ d }: { d: number }) => ({ d, a })\nconsole.log("then", { a, b }, f({ d: 8 }))',
    ])
    const { code, printed } = await run('--write', file)
    assert.equal(code, 0, printed)
    assert.match(readFileSync(file, 'utf8'), /object \{ d: 3, own: 5, a: 2 \} \[ 'metrics' \].*then \{ a: 7, b: 3 \} \{ d: 8, a: 7 \}/s)
  },
  async 'of a promise is said that it is to be awaited; what it ends with is told without insides'() {
    const file = notebook([
      "import { FastKMeans } from 'fastkmeans'\nconst km = new FastKMeans(2, 2)",
      'km.fit([[1, 2], [3]])',
      'await new Promise((done) => setTimeout(done, 300))\nconsole.log("next")',
    ])
    await run('--write', file)
    const text = readFileSync(file, 'utf8')
    assert.match(text, /A Promise: its work goes on\. Write await in front/)
    assert.match(text, /In a promise that was not awaited: RangeError: FastKMeans\.fit: expected d = 2 columns, got 1 \(row 1\)/)
    assert.doesNotMatch(text, /pending|UnhandledPromise|fastkmeans\.js/)
  },
  async 'an error that is thrown before the first await is told without the line that threw it in the library'() {
    const file = notebook(["import { FastKMeans } from 'fastkmeans'", 'new FastKMeans(2, 3).labels'])
    const { code, printed } = await run('--write', file)
    assert.equal(code, 1)
    assert.match(printed, /cell \[2\]: Error: FastKMeans\.labels: expected a trained model, got none/)
    assert.doesNotMatch(readFileSync(file, 'utf8'), /throw new Error|fastkmeans\.js/)
  },
  async 'a pattern may rename what a type of an earlier cell names, and earlier values stay in reach'() {
    const file = notebook([
      'interface Run { k: number; seed: number }\nconst runs: Run[] = [{ k: 3, seed: 7 }]\nconst twice = (v: number) => 2 * v',
      'const [{ k: first }] = runs\nconsole.log("found", first, runs.map(({ seed, k: clusters }) => twice(clusters) + seed))',
    ])
    const { code, printed } = await run('--write', file)
    assert.equal(code, 0, printed)
    assert.match(readFileSync(file, 'utf8'), /found 3 \[ 13 \]/)
  },
  async 'runs cells in order, every kind of await, and more output than a socket takes at once; writes nothing'() {
    const file = notebook([
      "import { FastKMeans } from 'fastkmeans'",
      'const two = await (async () => 2)(); for await (const value of [1]) console.log(value + two)',
      "for (let i = 0; i < 2000; i++) process.stdout.write('x')",
      'const km = new FastKMeans(1, 2, { minPointsPerCentroid: 1 }); await km.train([[0], [1], [9]]); console.log(km.k)',
    ])
    const before = readFileSync(file, 'utf8')
    const { code, printed } = await run(file)
    assert.equal(code, 0, printed)
    assert.equal(readFileSync(file, 'utf8'), before)
  },
  async 'saves outputs and numbers with --write'() {
    const file = notebook(["console.log('a\\nb'); void process.stdout.write('1 %\\r2 %')"])
    assert.equal((await run('--write', file)).code, 0)
    const [cell] = JSON.parse(readFileSync(file, 'utf8')).cells
    assert.deepEqual(cell.outputs, [{ name: 'stdout', output_type: 'stream', text: ['a\n', 'b\n', '2 %'] }])
    assert.equal(cell.execution_count, 1)
  },
  'exits 1 with the text of a type error': () =>
    fails(['1', "const a: number = 'text'"], /cell \[2\]: 1:7 - Type 'string' is not assignable/),
  'exits 1 with the text of a thrown error': () => fails(["await Promise.reject(new RangeError('boom'))"], /cell \[1\]: RangeError: boom/),
  'exits 1 where an error was lost': () =>
    fails(
      ["Promise.reject(new Error('lost')); await new Promise((done) => setTimeout(done, 200))"],
      /In a promise that was not awaited: Error: lost/,
    ),
  'exits 1 where the kernel ends': () => fails(['process.exit(3)'], /the kernel ended \(code 3\)/),
  'exits 1 where a cell takes too long': () =>
    fails(['await new Promise((done) => setTimeout(done, 60_000))'], /longer than 1 s/, '--timeout', '1'),
  async 'runs on where others send to the port of the kernel, and tells it'() {
    const source = `import { createRequire } from 'node:module'; import { readFileSync } from 'node:fs'; import { setTimeout as sleep } from 'node:timers/promises'
      const requireTslab = createRequire(createRequire(process.argv[1]).resolve('tslab/package.json'))
      const { Dealer, Request } = requireTslab('zeromq')
      const { transport, ip, shell_port } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
      const part = JSON.stringify({ msg_id: '1', msg_type: 'execute_request' })
      const messages: [new () => any, string[]][] =
        [[Request, ['ping']], [Dealer, ['']], [Dealer, ['<IDS|MSG>']], [Dealer, ['<IDS|MSG>', '00', part, part, part, part]], [Dealer, ['<IDS|MSG>', '', '{', '', '', '']]]
      for (const [Socket, message] of messages) {
        const socket = new Socket(); socket.connect(transport + '://' + ip + ':' + shell_port); await socket.send(message); await sleep(100); socket.close()
      }`
    const { code, printed } = await run(notebook([source, "console.log('on')"]))
    assert.equal(code, 0, printed)
    assert.equal(printed.match(/TypeScript kernel: a message without our signature was dropped/g)?.length, 5, printed)
  },
  async 'exits 1 where a socket of the kernel cannot be had, at once'() {
    const connection = join(temporary, 'connection.json')
    const ports = Object.fromEntries(['shell', 'iopub', 'stdin', 'control', 'hb'].map((name) => [`${name}_port`, 1]))
    writeFileSync(connection, JSON.stringify({ transport: 'tcp', ip: '203.0.113.1', key: 'x', ...ports }))
    const kernel = spawn(process.execPath, [join(dirname(runner), 'tslab-kernel.cjs'), connection])
    let printed = ''
    kernel.stderr.on('data', (data) => (printed += data))
    const [code] = await once(kernel, 'close')
    rmSync(connection)
    assert.equal(code, 1, printed)
    assert.match(printed, /TypeScript kernel: no port: /)
  },
  async 'exits 1 where the notebook names no kernel'() {
    const { code, printed } = await run(notebook(['1'], {}))
    assert.equal(code, 1)
    assert.match(printed, /expected metadata.kernelspec.name to be 'tslab', got undefined/)
  },
  async 'goes on with the next notebook after a fault'() {
    const { code, printed } = await run(notebook(["throw new Error('no')"]), notebook(['const a = 1']))
    assert.equal(code, 1)
    assert.match(printed, /1 cells, /)
  },
  async 'exits 2 for wrong arguments'() {
    assert.equal((await run()).code, 2)
    assert.equal((await run('--nothing', 'x')).code, 2)
    assert.equal((await run('--timeout', 'soon', 'x')).code, 2)
  },
  async 'ends the kernel and what it started on Ctrl-C'() {
    const pids = join(temporary, 'pids')
    const source = `import { spawn } from 'node:child_process'; import { writeFileSync } from 'node:fs';
      const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)']);
      writeFileSync(${JSON.stringify(pids)}, process.pid + ' ' + child.pid); await new Promise((done) => setTimeout(done, 60_000))`
    const { child, ended } = start(notebook([source]))
    while (!readdirSync(temporary).includes('pids')) await sleep(50)
    await sleep(100)
    child.kill('SIGINT')
    assert.equal((await ended).code, 130)
    await sleep(300)
    for (const pid of readFileSync(pids, 'utf8').split(' ')) assert.ok(!alive(Number(pid)), `process ${pid} is alive`)
    rmSync(pids)
  },
}

/** Whether the process runs; one that has ended and waits for its parent does not. */
function alive(pid) {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

try {
  for (const [title, test] of Object.entries(tests)) {
    await test()
    console.log(`ok: the runner ${title}`)
  }
  assert.deepEqual(readdirSync(temporary), [], 'temporary files are left')
} finally {
  rmSync(folder, { recursive: true, force: true })
  rmSync(temporary, { recursive: true, force: true })
}
