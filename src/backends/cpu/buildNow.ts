/**
 * @file Builds the native library as part of `npm run build`: `node dist/backends/cpu/buildNow.js`. A file of its own, which nothing imports:
 * code that runs where a file is the program (argv[1]) would also run in every bundle that has the library in it.
 */
import { buildLibrary } from './build.js'

const obstacle = buildLibrary()
if (obstacle !== undefined) console.log(`fastkmeans: the native CPU library was not built: ${obstacle}; other devices are used instead`)
