/** @file Numbers as people read them, in charts, notebooks and on the command line, whatever the locale of the machine. */

/** 60000 → '60,000'. */
export const formatCount = (value: number): string => value.toLocaleString('en-US')

/** '1 cluster', '1,797 points'. */
export const counted = (value: number, noun: string): string => `${formatCount(value)} ${noun}${value === 1 ? '' : 's'}`

/** An inertia to six digits: 34084.42 → '34084.4', 25238571264 → '2.52386e+10'. */
export function formatInertia(value: number): string {
  const rounded = Number(value.toPrecision(6))
  return rounded < 1e6 ? String(rounded) : rounded.toExponential()
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** 31360000 → '31.4 MB', in powers of 1000. */
export function formatBytes(bytes: number): string {
  const power = Math.min(BYTE_UNITS.length - 1, Math.max(0, Math.floor(Math.log10(bytes + 0.5) / 3)))
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${BYTE_UNITS[power]}`
}

/** 0.034 → '34 ms', 75 → '1 min 15 s'. */
export function formatSeconds(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  return whole < 3600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

/**
 * ', at most 12 s left': the time left at the speed so far. "At most" because later iterations tend to be faster and a run may end early.
 * An empty string where less than a second is left, or nothing has been done yet.
 * @param share the part of the work that is done, in [0, 1]
 * @param seconds how long that part took
 * @param until the last word, which says until what. Default 'left'
 */
export function timeLeft(share: number, seconds: number, until = 'left'): string {
  const left = share > 0 ? Math.round((seconds * (1 - share)) / share) : 0
  if (left < 1) return ''
  return `, at most ${left < 60 ? `${left} s` : formatSeconds(left)} ${until}`
}
