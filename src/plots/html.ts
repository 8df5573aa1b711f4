/** @file Text and data that are safe inside an HTML page. */

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Text as HTML, in an element or a quoted attribute: nothing in it is a tag. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (c) => ENTITIES[c])

/** JSON that can stand in a `<script>` element, whatever its strings hold. NaN and Infinity become null, as JSON has it. */
export const scriptJson = (value: unknown): string =>
  JSON.stringify(value)
    .replace(/</g, '\\u003c')
    .replace(/\u2028/g, '\\u2028')
    .replace(/\u2029/g, '\\u2029')

/**
 * An HTML table; cells are escaped; numbers stand at the right, under the head of a column of numbers.
 * @param rows cells, as many in each row as there are heads
 */
export function htmlTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const wrong = rows.findIndex((row) => row.length !== head.length)
  if (wrong >= 0) throw new RangeError(`htmlTable: expected ${head.length} cells in each row, got ${rows[wrong].length} (row ${wrong})`)
  const heads = head.map((text, c) => {
    const numbers = rows.length > 0 && rows.every((row) => row[c] === '' || isNumber(row[c]))
    return `<th scope="col"${numbers ? ' class="number"' : ''}>${escapeHtml(text)}</th>`
  })
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n')
  return `<div class="table"><table>\n<thead><tr>${heads.join('')}</tr></thead>\n<tbody>\n${body}\n</tbody></table></div>`
}

/** '0.49', '1,797', '12 %' and '0.48 (0.47 – 0.51)' are numbers too. */
const isNumber = (value: string | number): boolean => typeof value === 'number' || /^[\d\s.,%()–+−×e-]+$/.test(value)

/** Cells of a name stay in one line, and cells of a sentence are not squeezed: a page that is narrow scrolls the table. */
const SHORT = 16
const LONG = 48

function cell(value: string | number): string {
  const text = String(value)
  const kind = isNumber(value) ? 'number' : text.length <= SHORT ? 'short' : text.length >= LONG ? 'long' : ''
  return `<td${kind === '' ? '' : ` class="${kind}"`}>${escapeHtml(text)}</td>`
}
