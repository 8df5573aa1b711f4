/** @file The notebook that the tests write for themselves: what 01-quickstart does not show, as cells of one kind each. */

/** Cells by name; the tests find them by their place. */
export const CELLS = {
  imports: `const before = performance.now();
const { FastKMeans, datasets, notebook, plots } = await import('fastkmeans');
console.log(\`import: \${Math.round(performance.now() - before)} ms\`);`,
  data: `const { x } = await datasets.makeBlobs({ n: 60000, d: 32, centers: 40, seed: 1 });
x`,
  printed: `console.log(x);`,
  // Brings Plotly: else the live chart would wait for three pauses.
  sizes: `plots.clusterSizes([3, 2, 1])`,
  // Iterations of 50 ms, so that the chart is drawn again and again, also on two cores, where it waits four seconds between two states.
  live: `const pause = () => new Promise<void>((done) => setTimeout(done, 50));
const live = new FastKMeans(32, 40, { niter: 400, tol: -1, maxPointsPerCentroid: null, progress: 'live', onIteration: pause });
await live.fit(x);`,
  card: `live`,
  stopped: `const long = new FastKMeans(32, 40, { device: 'reference', niter: 100000, tol: -1, maxPointsPerCentroid: null, progress: true });
await long.train(x);`,
  kept: `console.log(long.stopReason, long.nIter > 0, long.labels.length);`,
  again: `long.setParams({ niter: 3, device: 'auto' });
await long.train(x);
console.log(long.stopReason, long.nIter);`,
  rejected: `await long.train([[1, 2, 3]]);`,
  typeError: `const wrong: string = long.k;`,
}

/** Where a cell stands in the notebook. */
export const place = (name) => Object.keys(CELLS).indexOf(name)

/** The notebook's text, with further cells at its end. */
export function testNotebook(more = []) {
  const cells = [...Object.values(CELLS), ...more].map((source, i) => ({
    cell_type: 'code',
    id: `cell-${i}`,
    metadata: {},
    source,
    outputs: [],
    execution_count: null,
  }))
  const kernelspec = { display_name: 'TypeScript (tslab)', language: 'typescript', name: 'tslab' }
  return JSON.stringify({ cells, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 })
}

/** A training that would last for hours, on the named device, stopped by hand. */
export const endless = (device) =>
  `const on${device.replace(/\W/g, '_')} = new FastKMeans(32, 40, { device: '${device}', niter: 1000000, tol: -1, maxPointsPerCentroid: null });
await on${device.replace(/\W/g, '_')}.train(x);`
