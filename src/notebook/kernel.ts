/**
 * @file How to display something in the notebook whose kernel this process is: tslab started by our launcher, stock tslab, or Deno. A
 * process that is no kernel has no notebook.
 */
import { createRequire } from 'node:module'

/** What a display says, by MIME type; the front end shows the richest it can. */
export type Bundle = Record<string, string>

/** Names the method by which a value shows itself: our launcher and Deno's kernel call it for the last expression of a cell. */
export const JUPYTER_DISPLAY: unique symbol = Symbol.for('Jupyter.display')

/** Set by notebooks/kernel/tslab-kernel.cjs. */
interface Launcher {
  __displayBundle?: (data: Bundle, metadata?: object, id?: string, update?: boolean) => void
  /** The cell that runs, where the front end names it, and the number of this run. */
  __runningCell?: { readonly id?: string; readonly run: number }
  /** Called when the stop button is pressed; while there is one, the kernel gives the cell a second to end by itself. */
  __interruptHandlers?: Set<() => void>
  Deno?: { readonly jupyter?: { broadcast(type: string, content: object): Promise<void> | void } }
}

/** The part of tslab's dist/jupyter.js that its own `display` uses. */
interface TslabJupyter {
  lastWriteDisplayData?: ((content: object, update: boolean) => void) | null
}

/** The cell that runs now; undefined where the kernel does not tell. */
export const runningCell = (): Launcher['__runningCell'] => (globalThis as Launcher).__runningCell

/** Whether this process is a notebook's kernel. */
export function inNotebook(): boolean {
  const { __displayBundle, Deno } = globalThis as Launcher
  return __displayBundle !== undefined || Deno?.jupyter !== undefined || stockTslab()?.lastWriteDisplayData !== undefined
}

/**
 * Calls `handler` when the stop button is pressed (Ctrl-C outside of a notebook).
 * @returns what takes the handler away again
 */
export function onInterrupt(handler: () => void): () => void {
  const handlers = (globalThis as Launcher).__interruptHandlers
  if (handlers === undefined) {
    process.on('SIGINT', handler)
    return () => void process.off('SIGINT', handler)
  }
  handlers.add(handler)
  return () => void handlers.delete(handler)
}

/**
 * Sends a display to the running cell.
 * @param id names it, so that it can be replaced
 * @param update replace what is shown under `id`
 * @returns false where there is no notebook
 */
export function display(data: Bundle, id?: string, update = false): boolean {
  const { __displayBundle, Deno } = globalThis as Launcher
  const content = { data, metadata: {}, transient: id === undefined ? {} : { display_id: id } }
  if (__displayBundle) {
    __displayBundle(data, {}, id, update)
    return true
  }
  const write = stockTslab()?.lastWriteDisplayData
  if (write) {
    write(content, update)
    return true
  }
  if (Deno?.jupyter === undefined) return false
  // A promise in some versions of Deno, nothing in others; only lost when the kernel is going down.
  Promise.resolve(Deno.jupyter.broadcast(update ? 'update_display_data' : 'display_data', content)).catch(() => {})
  return true
}

/** Tslab's module, if this process is its kernel: then it is loaded already, and found by its place, since no package name leads to it. */
function stockTslab(): TslabJupyter | undefined {
  const { cache } = createRequire(import.meta.url)
  const file = Object.keys(cache).find((name) => /[\\/]tslab[\\/]dist[\\/]jupyter\.js$/.test(name))
  return file === undefined ? undefined : (cache[file]?.exports as TslabJupyter)
}
