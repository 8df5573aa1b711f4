#!/usr/bin/env node
/** @file The command `fastkmeans`. */
import { main } from './cli/main.js'

process.exitCode = await main(process.argv.slice(2))
