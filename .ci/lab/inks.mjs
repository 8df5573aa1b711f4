/** @file Whether the texts of charts can be read on their paper. */

/** WCAG's contrast of two luminances in [0, 1]; 4.5 is its least for text. */
export const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)

/** Of each chart of the notebook: the luminance of what is behind it, and of its texts outside of heat maps' cells. */
export const inks = (page) =>
  page.$$eval('.jp-Notebook [data-figure]', (hosts) => {
    const luminance = (color) => {
      const [r, g, b] = color.match(/[\d.]+/g).map((value) => {
        const c = Number(value) / 255
        return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const texts = '.gtitle, .xtitle, .ytitle, .legendtext, .xtick text, .ytick text, .cbaxis text, .cbtitle text'
    return hosts.map((host) => ({
      paper: luminance(getComputedStyle(host.querySelector('.main-svg')).backgroundColor),
      texts: Array.from(host.querySelectorAll(texts), (text) => ({ words: text.textContent, ink: luminance(getComputedStyle(text).fill) })),
    }))
  })
