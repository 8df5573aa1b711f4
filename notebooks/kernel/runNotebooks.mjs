#!/usr/bin/env node
/**
 * @file Runs notebooks from top to bottom with the TypeScript kernel, without Python.
 *
 * usage: node notebooks/kernel/runNotebooks.mjs [--write] [--timeout seconds] notebook.ipynb ...
 *   --write    saves the outputs in the notebooks; otherwise they are only checked
 *   --timeout  longest time of one cell (default 600)
 * Exit code: 0 where every cell ran, 1 where one failed (its error is printed), 2 for wrong arguments.
 */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { killKernels, startKernel } from './kernelClient.mjs'
import { codeCells, notebookText, readNotebook, recordOutputs } from './notebookFile.mjs'

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    killKernels()
    process.exit(signal === 'SIGINT' ? 130 : 143)
  })

const { files, write, timeout } = readArguments()
for (const file of files) {
  const started = performance.now()
  try {
    const cells = await runNotebook(file)
    console.log(`${file}: ${cells} cells, ${((performance.now() - started) / 1000).toFixed(1)} s`)
  } catch (error) {
    console.error(`${file}: ${error.message}`)
    process.exitCode = 1
  }
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { write: { type: 'boolean', default: false }, timeout: { type: 'string', default: '600' } },
    })
    const seconds = Number(values.timeout)
    if (!(seconds > 0)) throw new Error(`expected --timeout to be a number of seconds, got ${values.timeout}`)
    if (positionals.length === 0) throw new Error('expected at least one notebook, got none')
    return { files: positionals, write: values.write, timeout: seconds }
  } catch (error) {
    console.error(`runNotebooks: ${error.message}`)
    process.exit(2)
  }
}

/** Runs all cells; with --write saves them also if one fails, as far as they ran, so that the fault can be looked at. */
async function runNotebook(file) {
  const notebook = readNotebook(await readFile(file, 'utf8'))
  const kernel = await startKernel(file)
  let fault
  try {
    for (const cell of codeCells(notebook)) {
      const recorder = recordOutputs(cell, notebook)
      const reply = await kernel.execute(cell.source, cell.id, recorder.add, timeout)
      fault = recorder.end(reply)
      if (fault) break
    }
  } finally {
    await kernel.close()
  }
  if (write) {
    await writeFile(`${file}.tmp`, notebookText(notebook))
    await rename(`${file}.tmp`, file)
  }
  if (fault) throw new Error(fault)
  return codeCells(notebook).length
}
