import { plotlyScript } from '../plots/index.js'
import { runningCell } from './kernel.js'

/** Where Plotly stands in the notebook: the cell, and the run of it. */
let plotlyIn: { id?: string; run?: number } | undefined

/** Whether the notebook has Plotly, for the running cell to draw with. */
export function hasPlotly(): boolean {
  const cell = runningCell()
  // A cell that is run again loses its outputs, and Plotly with them if it stood there.
  const lost = cell?.id !== undefined && cell.id === plotlyIn?.id && cell.run !== plotlyIn.run
  return plotlyIn !== undefined && !lost
}

/** What must stand in front of a figure of the running cell: Plotly (0.7 MB), or nothing where the notebook has it. */
export function plotlyOnce(): string {
  if (hasPlotly()) return ''
  plotlyIn = { ...runningCell() }
  return plotlyScript()
}
