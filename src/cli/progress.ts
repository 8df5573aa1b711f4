/** @file Progress on stderr: a bar that is redrawn on a terminal, plain lines elsewhere. stdout is left to the result. */

/** What progress is written to: process.stderr, or a list in tests. */
export interface ProgressStream {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** What a command says on stderr while it works. */
export interface Progress {
  /** A line that stays, also when quiet: warnings and the like. */
  say(line: string): void
  /** Says what begins now, before there is anything to count. */
  stage(text: string): void
  /** How far it is: a share in [0, 1], and a few words. Updates that come too fast are left out. */
  update(share: number, text: string): void
  /** Takes the bar away, or writes the last update if it was held back. */
  end(): void
}

const BAR = 24
/** Seconds between two updates: few on a terminal, where the bar is redrawn; more elsewhere, as each is a line that stays in a log. */
const TTY_PAUSE = 0.05
const LINE_PAUSE = 2

/** @param quiet leaves out updates */
export function progressOn(stream: ProgressStream, quiet: boolean): Progress {
  const tty = stream.isTTY === true
  let last = -Infinity
  let drawn = false
  let pending: string | undefined
  const clear = (): void => {
    if (drawn) stream.write('\r\x1b[2K')
    drawn = false
  }
  const show = (line: string): void => {
    if (tty) {
      clear()
      stream.write(line.slice(0, Math.max(1, (stream.columns || 80) - 1)))
      drawn = true
    } else stream.write(`${line}\n`)
    pending = undefined
  }
  return {
    say(line) {
      clear()
      stream.write(`${line}\n`)
    },
    stage(text) {
      if (quiet) return
      show(text)
      last = -Infinity
    },
    update(share, text) {
      if (quiet) return
      const line = tty ? `${barOf(share)} ${text}` : text
      const now = performance.now() / 1000
      if (now - last < (tty ? TTY_PAUSE : LINE_PAUSE)) {
        pending = line
        return
      }
      last = now
      show(line)
    },
    end() {
      if (pending !== undefined && !tty) show(pending)
      pending = undefined
      clear()
    },
  }
}

function barOf(share: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * BAR)
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}]`
}
