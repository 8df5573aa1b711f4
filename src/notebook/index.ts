export { interruptible } from './interruptible.js'
export type { ProgressBar, ProgressOptions, ProgressStats } from './progress.js'
export { progress } from './progress.js'
export { show } from './show.js'
