/**
 * @file Compiles the native library for every platform that the package serves, with zig's C compiler (.ci/setup-cross.sh, which this runs), into
 * dist/prebuilt: `npm run prebuilts`, and by itself when the package is packed. Linux needs glibc 2.17 (2014) or any musl, macOS 10.15 (x64) or
 * 11 (arm64), Windows 10.
 */
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ROOT, compileLibrary } from './compile.js'
import { PREBUILT, installLibrary } from './files.js'

/** Platforms as files.ts names them, and zig's targets. */
const TARGETS = {
  'linux-x64': 'x86_64-linux-gnu.2.17',
  'linux-arm64': 'aarch64-linux-gnu.2.17',
  'linux-x64-musl': 'x86_64-linux-musl',
  'linux-arm64-musl': 'aarch64-linux-musl',
  'darwin-x64': 'x86_64-macos.10.15',
  'darwin-arm64': 'aarch64-macos.11.0',
  'win32-x64': 'x86_64-windows-gnu',
}
type Platform = keyof typeof TARGETS
/** Without debugging symbols, and on macOS without the folder that it was linked in. */
const LINK: Record<string, readonly string[]> = { linux: ['-s'], win32: ['-s'], darwin: ['-s', '-Wl,-install_name,fastkmeans'] }
const ZIG = [join(ROOT, '.cache/zig/bin/python'), '-m', 'ziglang', 'cc']

function prebuild(platform: Platform): void {
  const [system, arch] = platform.split('-')
  const folder = mkdtempSync(join(PREBUILT, 'build-'))
  try {
    const file = join(folder, 'library')
    compileLibrary({ compiler: [...ZIG, '-target', TARGETS[platform]], arch, zig: true }, folder, file, LINK[system])
    console.log(installLibrary(file, PREBUILT, platform))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** All platforms, one a core at a time, each in a process of its own: the calls of a compiler are waited for. */
async function prebuildAll(): Promise<void> {
  execFileSync(join(ROOT, '.ci/setup-cross.sh'), ['zig'], { stdio: 'inherit' })
  rmSync(PREBUILT, { recursive: true, force: true })
  mkdirSync(PREBUILT, { recursive: true })
  const waiting = Object.keys(TARGETS)
  const worker = async (): Promise<void> => {
    for (let platform = waiting.shift(); platform !== undefined; platform = waiting.shift()) {
      const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), platform])
      process.stdout.write(stdout)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
}

const [platform] = process.argv.slice(2)
if (platform === undefined) await prebuildAll()
else prebuild(platform as Platform)
