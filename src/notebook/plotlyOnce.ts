import { plotlyScript } from '../plots/index.js'
import { runningCell } from './kernel.js'

/** Where Plotly stands in the notebook: the cell, and the run of it. */
let plotlyIn: { id?: string; run?: number } | undefined

/** What must stand in front of a figure of the running cell: Plotly (0.7 MB), or nothing where the notebook has it. */
export function plotlyOnce(): string {
  const cell = runningCell()
  // A cell that is run again loses its outputs, and Plotly with them if it stood there.
  const first = plotlyIn === undefined || (cell?.id !== undefined && cell.id === plotlyIn.id && cell.run !== plotlyIn.run)
  if (!first) return ''
  plotlyIn = { ...cell }
  return plotlyScript()
}
