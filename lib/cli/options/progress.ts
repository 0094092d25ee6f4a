/** One line of stderr that changes while something takes long; on terminals alone, without colours. */
import { visible } from '../../data/visible.js'
import type { Progress } from '../../index.js'
import { Pace } from './pace.js'

const ERASE_LINE = '\r\u001b[K'
/** Between two updates, ms. */
const EVERY = 100
/** What does not tell how far it is, is shown with the time that it takes, ms. */
const TICK = 1000
/** Where the terminal does not say. */
const USUAL_COLUMNS = 80

export interface ProgressLine {
  readonly show: (progress: Progress) => void
  /** Makes room for something else. */
  clear(): void
  /** Shows nothing any more. */
  stop(): void
}

/** A terminal that knows no control sequences calls itself dumb. */
const canErase = ({ isTTY }: NodeJS.WriteStream): boolean =>
  isTTY === true && process.env['TERM'] !== 'dumb'

export function progressLine(stderr: NodeJS.WriteStream): ProgressLine {
  const pace = new Pace()
  let on = canErase(stderr)
  let shown = false
  let last = 0
  let latest: Progress | undefined
  let timer: NodeJS.Timeout | undefined

  const clear = (): void => {
    if (shown) stderr.write(ERASE_LINE)
    shown = false
  }
  const draw = (): void => {
    if (!latest) return
    last = Date.now()
    shown = true
    // A line that is too long would go on in the next one, and could not be erased.
    const room = (stderr.columns || USUAL_COLUMNS) - 1
    stderr.write(ERASE_LINE + visible(pace.words(latest, last)).slice(0, room))
  }
  return {
    show: (progress) => {
      if (!on) return
      latest = progress
      timer ??= setInterval(draw, TICK).unref()
      if (Date.now() - last >= EVERY) draw()
    },
    clear: () => {
      clear()
      latest = undefined
    },
    stop: () => {
      clear()
      on = false
      clearInterval(timer)
    },
  }
}
