/** @file Notebooks of format 4 as files: reading, outputs as Jupyter sends and as it stores them, writing. */

const KERNEL = 'tslab'
const lines = (text) => text.match(/[^\n]*\n|[^\n]+$/g) ?? []
const joined = (source) => [source].flat().join('')

/** @returns the notebook of a file's text, its cells' sources joined */
export function readNotebook(text) {
  const notebook = JSON.parse(text)
  if (notebook.nbformat !== 4 || !Array.isArray(notebook.cells)) throw new Error('expected a notebook of format 4')
  const name = notebook.metadata?.kernelspec?.name
  // Other runners choose Python where no kernel is named.
  if (name !== KERNEL) throw new Error(`expected metadata.kernelspec.name to be '${KERNEL}', got ${JSON.stringify(name)}`)
  for (const cell of notebook.cells) cell.source = joined(cell.source)
  return notebook
}

/** Cells that are run. */
export const codeCells = (notebook) => notebook.cells.filter((cell) => cell.cell_type === 'code' && cell.source.trim() !== '')

/** The text that Jupyter would write: one space of indentation, lines apart, a newline at the end. */
export function notebookText(notebook) {
  const cells = notebook.cells.map((cell) => ({ ...cell, source: lines(cell.source) }))
  return `${JSON.stringify({ ...notebook, cells }, null, 1)}\n`
}

/**
 * Collects the outputs of one cell from Jupyter's messages.
 * @returns add(type, content) for each message, and end(reply), which says what went wrong, if anything
 */
export function recordOutputs(cell, notebook) {
  const outputs = []
  cell.outputs = outputs
  cell.execution_count = null
  // A later cell may replace what this one shows, so displays are kept for the whole notebook, but not in its file.
  const displays = displaysOf.get(notebook) ?? displaysOf.set(notebook, new Map()).get(notebook)
  const handlers = {
    execute_input: ({ execution_count }) => (cell.execution_count = execution_count),
    stream({ name, text }) {
      const last = outputs.at(-1)
      if (last?.output_type === 'stream' && last.name === name) last.text += text
      else outputs.push({ name, output_type: 'stream', text })
    },
    display_data({ data, metadata = {}, transient }) {
      const output = { data: stored(data), metadata, output_type: 'display_data' }
      outputs.push(output)
      if (transient?.display_id) displays.set(transient.display_id, output)
    },
    update_display_data({ data, metadata = {}, transient }) {
      const output = displays.get(transient?.display_id)
      if (output) Object.assign(output, { data: stored(data), metadata })
    },
  }
  return {
    add: (type, content) => handlers[type]?.(content),
    end(reply) {
      const printed = outputs
        .filter((output) => output.name === 'stderr')
        .map((output) => output.text)
        .join('')
      for (const output of outputs) if (output.output_type === 'stream') output.text = lines(lastWritten(output.text))
      const where = `cell [${cell.execution_count}]: `
      if (reply.status === 'ok') {
        // tslab prints what nobody waited for, and calls the cell a success.
        const lost = /^(UncaughtException|In a promise that was not awaited): .*/m.exec(printed)
        return lost ? where + lost[0] : undefined
      }
      const { ename = 'Error', evalue = '', traceback = [] } = reply
      outputs.push({ ename, evalue, output_type: 'error', traceback })
      return where + (traceback.length > 0 ? traceback.join('\n') : evalue || reply.status)
    },
  }
}

const displaysOf = new WeakMap()

/** Text as lines, other data as they are. */
const stored = (data) =>
  Object.fromEntries(
    Object.entries(data).map(([type, value]) => [
      type,
      typeof value === 'string' && !/^image\/(png|jpeg)$/.test(type) ? lines(value) : value,
    ]),
  )

/** What a terminal would show: a carriage return starts the line anew. */
const lastWritten = (text) => text.replace(/[^\n]*\r(?!\n)/g, '')
