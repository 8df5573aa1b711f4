import type { Figure } from './figure.js'
import { baseLayout, checkFinite, plainText, roundedTo } from './figure.js'
import { counted, formatCount } from '../numberText.js'
import { checkNames } from '../optionChecks.js'

/** Options of centroidImages. */
export interface CentroidImagesOptions {
  /** Default: 'Means of 10 clusters', with '(100 shown)' where there are more. */
  title?: string
  /** A caption for each image (default: its number). */
  names?: readonly string[]
  /** Images in a row (default: about twice as many as rows, whichever leaves the last row fullest). */
  perRow?: number
  /** Images shown, the first ones (default 100). */
  maxImages?: number
}

/** Space between images, and for a caption above each, as parts of an image's size. */
const GAP = 0.12
const CAPTION = 0.28
/** Captions below this many pixels per image would run into each other. */
const MIN_CAPTION_CELL = 44
/** Width that the charts are laid out for; wider pages leave a margin. */
const WIDTH = 720

/**
 * Centroids drawn as a grid of images: one heat map, on one scale, dark where the value is low.
 * @param centroids k·d values, row by row, such as `model.centroids`
 * @param shape [rows, columns] of one image, with rows · columns = d: [28, 28] for MNIST
 */
export function centroidImages(centroids: ArrayLike<number>, shape: readonly number[], options: CentroidImagesOptions = {}): Figure {
  checkNames('centroidImages', options, ['title', 'names', 'perRow', 'maxImages'])
  const where = 'centroidImages'
  const [rows, columns] = shape
  if (shape.length !== 2 || !shape.every((s) => Number.isInteger(s) && s > 0))
    throw new RangeError(`${where}: expected a shape of [rows, columns], got [${shape.join(', ')}]`)
  const d = rows * columns
  const k = centroids.length / d
  if (k === 0 || !Number.isInteger(k))
    throw new RangeError(`${where}: expected k · ${d} values (k images of ${rows} × ${columns}), got ${centroids.length}`)
  checkFinite(where, 'centroids', centroids)
  const { maxImages = 100, names } = options
  if (names && names.length !== k) throw new RangeError(`${where}: expected k = ${k} names, got ${names.length}`)
  const shown = Math.min(k, maxImages)
  const perRow = Math.min(shown, options.perRow ?? fullestRow(shown))
  if (!(Number.isInteger(perRow) && perRow > 0))
    throw new RangeError(`${where}: expected perRow and maxImages to be positive integers, got ${options.perRow} and ${maxImages}`)

  const bands = Math.ceil(shown / perRow)
  const gap = Math.max(1, Math.round(GAP * columns))
  const cellPixels = Math.min(130, WIDTH / perRow)
  const captions = cellPixels >= MIN_CAPTION_CELL
  const letters = Math.floor(cellPixels / 8)
  const caption = captions ? Math.max(1, Math.round(CAPTION * Math.max(rows, columns))) : gap
  const width = perRow * (columns + gap) - gap
  const height = bands * (rows + caption)
  const z: (number | null)[][] = Array.from({ length: height }, () => new Array<number | null>(width).fill(null))
  const rounded = roundedTo(3, centroids)
  const anchors = { x: [] as number[], y: [] as number[], text: [] as string[] }
  for (let j = 0; j < shown; j++) {
    const top = Math.floor(j / perRow) * (rows + caption) + caption
    const left = (j % perRow) * (columns + gap)
    const name = names?.[j] ?? String(j)
    for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) z[top + r][left + c] = rounded(centroids[j * d + r * columns + c])
    anchors.x.push(left + (columns - 1) / 2)
    anchors.y.push(top - 0.5 - caption * 0.42)
    anchors.text.push(plainText(name, letters, 1))
  }
  const heatmap = {
    type: 'heatmap',
    z,
    colorscale: [
      [0, '#000000'],
      [1, '#ffffff'],
    ],
    showscale: false,
    hoverongaps: false,
    hovertemplate: '%{z}<extra></extra>',
  }
  const labels = {
    type: 'scatter',
    mode: 'text',
    ...anchors,
    textfont: { size: cellPixels > 70 ? 13 : 11 },
    hoverinfo: 'skip',
    cliponaxis: false,
  }
  // Not `visible: false`: with it Plotly would ignore to which side the images are to stand.
  const bare = { showgrid: false, zeroline: false, showticklabels: false, ticks: '', fixedrange: true, constrain: 'domain' }
  const layout = baseLayout(options.title ?? `Means of ${counted(k, 'cluster')}${shown < k ? ` (${formatCount(shown)} shown)` : ''}`, {
    xaxis: { ...bare, range: [-0.5, width - 0.5], constraintoward: 'left' },
    yaxis: { ...bare, range: [height - 0.5, -0.5], scaleanchor: 'x', constraintoward: 'top' },
    margin: { l: 12, r: 12, t: 52, b: 12 },
    height: 64 + Math.ceil((height / width) * Math.min(WIDTH, perRow * cellPixels)),
    showlegend: false,
  })
  return { data: captions ? [heatmap, labels] : [heatmap], layout }
}

/** Images in a row: among grids of about two to one, the one with the fewest empty places. */
function fullestRow(shown: number): number {
  let best = Math.ceil(Math.sqrt(1.5 * shown))
  for (let perRow = best + 1; perRow <= Math.sqrt(2.5 * shown); perRow++) {
    const empty = (columns: number): number => Math.ceil(shown / columns) * columns - shown
    if (empty(perRow) < empty(best)) best = perRow
  }
  return best
}
