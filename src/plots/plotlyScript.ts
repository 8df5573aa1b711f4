/** @file Plotly for a page that may not ask the network for it. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'

let script: string | undefined

/**
 * A `<script>` element that brings Plotly into a page, as `window.Plotly`, once however often it stands there. The bundle is compressed
 * (0.67 MB instead of 1.5) and unpacked by the page. `window.__fastkmeansPlotly` is a promise of it.
 * @throws Error where the package plotly.js-cartesian-dist-min is missing
 */
export function plotlyScript(): string {
  script ??= `<script>${loader(compressedBundle())}</script>`
  return script
}

const compressedBundle = (): string => gzipSync(readFileSync(plotlyFile()), { level: 9 }).toString('base64')

/**
 * The file of Plotly's bundle: heat maps need more than the basic one.
 * @throws Error where the package plotly.js-cartesian-dist-min is missing
 */
export function plotlyFile(): string {
  try {
    return createRequire(import.meta.url).resolve('plotly.js-cartesian-dist-min')
  } catch (error) {
    throw new Error('plots: expected the package plotly.js-cartesian-dist-min, got none; npm install brings it', { cause: error })
  }
}

// The bundle runs as an inline script, not through eval, which a page's policy may forbid. `module`, `exports` and `define` are hidden from
// it: notebook front ends have them, and the bundle would then not show itself in the window.
const loader = (base64: string): string =>
  '(function(w){if(w.__fastkmeansPlotly)return;' +
  'if(w.Plotly){w.__fastkmeansPlotly=Promise.resolve(w.Plotly);return}' +
  `var bytes=Uint8Array.from(atob("${base64}"),function(c){return c.charCodeAt(0)});` +
  'var text=new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();' +
  'w.__fastkmeansPlotly=text.then(function(code){var s=document.createElement("script");' +
  's.textContent="(function(module,exports,define){"+code+"\\n}).call(window)";' +
  'document.head.appendChild(s);s.remove();return w.Plotly})})(window)'
