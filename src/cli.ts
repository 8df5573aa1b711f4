#!/usr/bin/env node
/** @file The command `fastkmeans`. */
import { main } from './cli/main.js'

// Without listeners a reader that is gone (`| head`) would end the process, and a training with it.
process.stderr.on('error', () => {})
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return
  process.stderr.write(`fastkmeans: expected stdout to take the result, got '${error.message}'\n`)
  process.exitCode = 1
})

const code = await main(process.argv.slice(2))
process.exitCode = code || process.exitCode
