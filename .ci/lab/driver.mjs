/** @file JupyterLab as its users have it (npm run lab), and one page of a real browser in it. */
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { findBrowser } from '../../dist/plots/browser.js'

export const root = resolve(fileURLToPath(import.meta.url), '../../..')
/** Screenshots, and the notebooks that the tests write. */
export const out = join(root, 'out', 'lab')

/** Starts `npm run lab` without its own window. @returns its address, the seconds it took to answer, and what ends it */
export async function startLab() {
  const port = await freePort()
  const started = performance.now()
  const args = ['--no-browser', '--port', String(port), '--ServerApp.port_retries=0', '--IdentityProvider.token=', '--allow-root']
  // A group of its own: JupyterLab and its kernels end with it.
  const child = spawn('npm', ['run', '--silent', 'lab', '--', ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (log += text))
  const stop = async () => {
    if (child.exitCode !== null) return
    const exited = new Promise((done) => child.once('exit', done))
    process.kill(-child.pid, 'SIGTERM')
    await Promise.race([exited, sleep(5000)])
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // All have ended.
    }
  }
  const address = `http://127.0.0.1:${port}`
  while (performance.now() - started < 150_000) {
    if (child.exitCode !== null) throw new Error(`npm run lab ended with code ${child.exitCode}:\n${log}`)
    const answers = await fetch(`${address}/api/status`).then(
      (response) => response.ok,
      () => false,
    )
    if (answers) return { address, seconds: (performance.now() - started) / 1000, stop, log: () => log }
    await sleep(100)
  }
  await stop()
  throw new Error(`npm run lab did not answer in 150 s:\n${log}`)
}

function freePort() {
  return new Promise((done, fail) => {
    const server = createServer().once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}

/** A page that reports what must not happen: errors of scripts, and requests that leave the machine. */
export async function openBrowser(address) {
  mkdirSync(out, { recursive: true })
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync']
  const browser = await chromium.launch({ executablePath: findBrowser('testJupyterLab'), args })
  const page = await browser.newPage({ viewport: { width: 1250, height: 1400 } })
  const faults = []
  page.on('pageerror', (error) => faults.push(`error in the page: ${error.message}`))
  page.on('request', (request) => {
    if (!request.url().startsWith(address) && !/^(data|blob|ws|about):/.test(request.url())) faults.push(`request to ${request.url()}`)
  })
  return { page, faults, close: () => browser.close() }
}

/** What a user does with a notebook, by mouse and keyboard. */
export function labOf(page, address) {
  const cell = (i) => page.locator('.jp-Notebook .jp-Cell').nth(i)
  const lab = {
    cell,
    /** Opens a notebook, by its path from the project's root, and waits for its kernel. */
    async open(path) {
      await page.goto(`${address}/lab/tree/${path}?reset`)
      await page.waitForSelector('.jp-Notebook .jp-Cell', { timeout: 60_000 })
      await lab.kernelReady()
    },
    // The status reads idle before the kernel is connected, and what is sent then is lost.
    kernelReady: () =>
      page.waitForFunction(
        () =>
          /TypeScript/.test(document.querySelector('.jp-NotebookPanel-toolbar')?.textContent ?? '') &&
          document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle',
        undefined,
        { timeout: 60_000 },
      ),
    async menu(top, item) {
      await page.click(`.lm-MenuBar-itemLabel:text-is("${top}")`)
      await page.click(`.lm-Menu-itemLabel:text-is("${item}")`)
    },
    /** Settings > Theme > its name; waits until the page has its colours. */
    async theme(name) {
      await page.click('.lm-MenuBar-itemLabel:text-is("Settings")')
      await page.hover('.lm-Menu-itemLabel:text-is("Theme")')
      await page.click(`.lm-Menu-itemLabel:text-is("${name}")`)
      await page.waitForFunction((theme) => document.body.dataset.jpThemeName === theme, name)
      await page.waitForTimeout(500)
    },
    /** Waits until no cell is running or waiting. */
    async idle(timeout = 120_000) {
      await page.waitForTimeout(300)
      await page.waitForFunction(() => !document.querySelector('.jp-Notebook').textContent.includes('[*]'), undefined, { timeout })
    },
    async run(i) {
      await cell(i).locator('.cm-content').click()
      await page.keyboard.press('Control+Enter')
    },
    async save() {
      await lab.menu('File', 'Save Notebook')
      await page.waitForTimeout(1500)
    },
    text: async (i) => {
      const area = cell(i).locator('.jp-OutputArea')
      return (await area.count()) > 0 ? (await area.innerText()).trim() : ''
    },
    shot: (name) => page.screenshot({ path: join(out, `${name}.png`) }),
  }
  return lab
}
