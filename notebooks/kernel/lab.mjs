#!/usr/bin/env node
/**
 * @file JupyterLab with the TypeScript kernel. The first run installs what is missing: the library's packages, the kernel's, and JupyterLab
 * into notebooks/kernel/.venv; all versions are pinned.
 *
 * usage: node notebooks/kernel/lab.mjs [arguments of jupyter lab]
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..', '..')
const windows = process.platform === 'win32'
const venv = join(here, '.venv')
const program = (name) => join(venv, windows ? 'Scripts' : 'bin', windows ? `${name}.exe` : name)
const requirements = join(here, 'requirements.txt')
/** Written last, so that an installation that was cut off is made anew, as after a change of the requirements. */
const installed = join(venv, 'installed.txt')

// Brings the compiler, without which nothing is built, and builds.
if (!existsSync(join(root, 'node_modules', 'typescript'))) run('npm', 'ci')
if (!existsSync(join(here, 'node_modules', 'tslab'))) run('npm', 'ci', '--prefix', here)
if (!existsSync(installed) || readFileSync(installed, 'utf8') !== readFileSync(requirements, 'utf8')) installJupyter()
if (buildIsOld()) run('npm', 'run', '--silent', 'build')

const env = { ...process.env, JUPYTER_PATH: here, JUPYTER_CONFIG_PATH: join(here, 'config') }
const place = ['--notebook-dir', root, '--LabApp.default_url=/lab/tree/notebooks']
const lab = spawn(program('jupyter-lab'), [...place, ...process.argv.slice(2)], { cwd: root, env, stdio: 'inherit' })
// Ctrl-C reaches JupyterLab too, which asks what is meant by it.
process.on('SIGINT', () => {})
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => lab.kill('SIGTERM'))
lab.on('exit', (code) => process.exit(code ?? 1))

/** Whether a source is younger than what was made of it. */
function buildIsOld() {
  const built = join(root, 'dist', 'index.js')
  if (!existsSync(built)) return true
  const files = readdirSync(join(root, 'src'), { recursive: true }).map((file) => join('src', file))
  const newest = Math.max(...[...files, 'tsconfig.json', 'package.json'].map((file) => statSync(join(root, file)).mtimeMs))
  return newest > statSync(built).mtimeMs
}

function installJupyter() {
  console.log('Installing JupyterLab into notebooks/kernel/.venv; this takes a minute, once.')
  rmSync(venv, { recursive: true, force: true })
  if (works('uv', '--version')) {
    run('uv', 'venv', venv)
    run('uv', 'pip', 'install', '--python', venv, '-r', requirements)
  } else {
    const check = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))'
    const python = ['python3', 'python', 'py'].find((name) => works(name, '-c', check))
    if (python === undefined) {
      console.error(
        'lab: expected uv, or Python 3.10 or newer with venv, for JupyterLab, and found neither.\n' +
          'Debian, Ubuntu: apt install python3-venv; others: https://docs.astral.sh/uv. Notebooks also run without Python: npm run notebooks.',
      )
      process.exit(1)
    }
    run(python, '-m', 'venv', venv)
    run(program('python'), '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements)
  }
  writeFileSync(installed, readFileSync(requirements))
}

function works(command, ...args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

function run(command, ...args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: windows && command === 'npm' })
  if (status !== 0) process.exit(status ?? 1)
}
