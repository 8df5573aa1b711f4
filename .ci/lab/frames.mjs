/** @file What a live chart shows in each frame that the browser draws. */

/** Looks at the first chart of a cell, by its place, in every frame from now on. */
export const watchFrames = (page, cell) =>
  page.evaluate((i) => {
    window.__frames = []
    let last
    const look = () => {
      const host = document.querySelectorAll('.jp-Notebook .jp-Cell')[i].querySelector('.jp-OutputArea [data-figure]')
      if (host) {
        const node = host.firstElementChild
        const line = host.querySelector('.scatterlayer path.js-line')?.getAttribute('d') ?? ''
        const points = node?.data?.[0]?.x.length ?? 0
        window.__frames.push({ at: performance.now(), drawn: line.length > 0, points, height: host.offsetHeight, same: node === last })
        last = node
      }
      window.__watching = requestAnimationFrame(look)
    }
    look()
  }, cell)

/** What was seen since the chart's first line: frames without one, changes of the node, states and how fast they came. */
export const frames = (page) =>
  page.evaluate(() => {
    cancelAnimationFrame(window.__watching)
    const first = window.__frames.findIndex((frame) => frame.drawn)
    const seen = window.__frames.slice(first)
    const changes = seen.filter((frame, i) => i === 0 || frame.points !== seen[i - 1].points)
    const seconds = (changes.at(-1).at - changes[0].at) / 1000
    return {
      frames: seen.length,
      blank: seen.filter((frame) => !frame.drawn).length,
      nodeChanges: seen.slice(1).filter((frame) => !frame.same).length,
      heights: new Set(seen.map((frame) => frame.height)).size,
      states: changes.length,
      perSecond: Number(((changes.length - 1) / seconds).toFixed(1)),
    }
  })
