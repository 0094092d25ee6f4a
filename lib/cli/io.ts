/** The command line's hands on the process: output, progress, interruption. */
import type { Progress } from '../index.js'

/** What a command ends with; the shell sees it. */
export const Exit = {
  done: 0,
  /** The answer is "no": a promise was broken, or a replay differs from the kernel. */
  no: 1,
  /** Wrong use or bad input. */
  input: 2,
  /** A fault of this program. */
  unexpected: 3,
  interrupted: 130,
} as const

export type ExitCode = (typeof Exit)[keyof typeof Exit]

const ERASE_LINE = '\r\u001b[K'
/** Between two updates of the progress line, ms. */
const PROGRESS_EVERY = 100

export interface Io {
  /** Aborted by an interrupt, or when nobody reads the output any more. */
  readonly signal: AbortSignal
  /** Whether the reader of stdout went away, as `head` does. */
  readonly closed: boolean
  /** One piece of text, ended with a newline, on stdout. */
  print(text: string): void
  /** The one JSON document of a command, on stdout. */
  printJson(value: unknown): void
  /** A line on stderr. */
  complain(text: string): void
  /** Shown on one line of stderr, and only on a terminal. */
  readonly progress: (progress: Progress) => void
  /** Takes back what it did to the process. */
  close(): void
}

/** JSON of results, which hold no bigint; typed arrays and the like do not occur. */
const toJson = (value: unknown): string => JSON.stringify(value, null, 2)

export function openIo(): Io {
  const abort = new AbortController()
  const { stdout, stderr } = process
  let closed = false
  let shown = false
  let last = 0

  const clear = (): void => {
    if (shown) stderr.write(ERASE_LINE)
    shown = false
  }
  const interrupt = (): void => {
    // The first asks; whoever presses twice does not want to wait.
    if (abort.signal.aborted) process.exit(Exit.interrupted)
    abort.abort()
  }
  const lostReader = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') throw error
    closed = true
    abort.abort()
  }
  const lostTerminal = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') throw error
  }
  process.on('SIGINT', interrupt)
  stdout.on('error', lostReader)
  stderr.on('error', lostTerminal)

  const print = (text: string): void => {
    clear()
    if (!closed) stdout.write(`${text}\n`)
  }
  return {
    signal: abort.signal,
    get closed() {
      return closed
    },
    print,
    printJson: (value) => print(toJson(value)),
    complain: (text) => {
      clear()
      stderr.write(`${text}\n`)
    },
    progress: ({ phase, done }) => {
      if (!stderr.isTTY || Date.now() - last < PROGRESS_EVERY) return
      last = Date.now()
      shown = true
      stderr.write(`${ERASE_LINE}${Math.floor(done * 100)} %  ${phase}`)
    },
    close: () => {
      clear()
      // The listeners of the streams stay: an error may still come while they drain.
      process.off('SIGINT', interrupt)
    },
  }
}
