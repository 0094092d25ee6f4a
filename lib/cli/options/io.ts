/** The command line's hands on the process: output, progress, interruption. */
import { once } from 'node:events'
import { fstatSync, writeFileSync } from 'node:fs'
import { isatty } from 'node:tty'
import { getSystemErrorMap } from 'node:util'
import { visible } from '../../data/visible.js'
import type { Progress } from '../../index.js'
import { type DocumentKind, headOf, type Made } from '../../results/schema.js'
import { progressLine } from './progress.js'

/** What a command ends with; the shell sees it. */
export const Exit = {
  done: 0,
  /** The answer is "no": a promise was broken, or a replay differs from the kernel. */
  no: 1,
  /** Wrong use or bad input, or the machine could not give what it takes. */
  input: 2,
  /** What came out could not be written. */
  output: 3,
  /** A fault of this program, as sysexits.h has it. */
  unexpected: 70,
  /** By SIGHUP, SIGINT and SIGTERM: 128 and the signal's number. */
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const

export type ExitCode = (typeof Exit)[keyof typeof Exit]

/** The signals that end a command in order, and what is said of each. */
const endings = {
  SIGHUP: { code: Exit.hungUp, words: 'hung up' },
  SIGINT: { code: Exit.interrupted, words: 'interrupted' },
  SIGTERM: { code: Exit.terminated, words: 'terminated' },
} as const

type Ending = (typeof endings)[keyof typeof endings]

export interface Io {
  /** Aborted by SIGHUP, SIGINT or SIGTERM, or when the output goes nowhere any more. */
  readonly signal: AbortSignal
  /** Which of those signals it was; undefined when there was none. */
  readonly ending: Ending | undefined
  /** Whether the reader of stdout went away, as `head` does. */
  readonly closed: boolean
  /** Why stdout takes no more, as `no space left on device`; undefined while it does. */
  readonly unwritable: string | undefined
  /** One piece of text, ended with a newline, on stdout; what a terminal would obey is escaped. */
  print(text: string): void
  /** Text as it is, on stdout, for output of any length: waits until the reader keeps up. */
  printPart(text: string): Promise<void>
  /** What a JSON document says of what made it. */
  readonly made: Made
  /**
   * The one JSON document of a command, on stdout: its head, and what came out.
   *
   * @param command in place of how this program was called
   */
  printJson(kind: DocumentKind, value: object, command?: string): void
  /** A line on stderr, escaped likewise. */
  complain(text: string): void
  /** Shown on one line of stderr, and only on a terminal. */
  readonly progress: (progress: Progress) => void
  /** No progress from now on. */
  hush(): void
  /** Ends when all that was printed has gone out, or has failed to. */
  drained(): Promise<void>
  /** Takes back what it did to the process. */
  close(): void
}

/** A list of nothing but numbers, a line each; texts hold no such line, since theirs are escaped. */
const NUMBERS = /\[\n\s+((?:-?\d[\d.e+-]*|null)(?:,\n\s+(?:-?\d[\d.e+-]*|null))*)\n\s+\]/g

/**
 * JSON of results, which hold no bigint; typed arrays and the like do not occur. Numbers in a row
 * stand in one line.
 */
const toJson = (value: unknown): string =>
  JSON.stringify(value, null, 2).replace(
    NUMBERS,
    (_, numbers: string) => `[${numbers.replace(/,\n\s+/g, ', ')}]`,
  )

/** In the system's words, as `no space left on device`. */
const systemWords = ({ errno, message }: NodeJS.ErrnoException): string =>
  getSystemErrorMap().get(errno ?? 0)?.[1] ?? message

/** Whether a descriptor is written at once; a pipe, a socket and a terminal may make one wait. */
function isFile(fd: number): boolean {
  try {
    const stat = fstatSync(fd)
    return stat.isFile() || (stat.isCharacterDevice() && !isatty(fd))
  } catch {
    return false
  }
}

/** @param made by what, for the heads of documents */
export function openIo(made: Made): Io {
  const abort = new AbortController()
  const { stdout, stderr } = process
  const plainFile = isFile(stdout.fd)
  let closed = false
  let unwritable: string | undefined
  let ending: Ending | undefined
  const { show, clear, stop } = progressLine(stderr)

  const end = (name: NodeJS.Signals): void => {
    const how = endings[name as keyof typeof endings]
    // The first asks; whoever sends two does not want to wait. What is left goes with the process.
    if (ending) process.exit(how.code)
    ending = how
    abort.abort()
  }
  const lostReader = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE') closed = true
    else unwritable ??= systemWords(error)
    abort.abort()
  }
  // Nobody is left who could be told.
  const lostTerminal = (): void => undefined
  for (const name of Object.keys(endings)) process.on(name, end)
  stdout.on('error', lostReader)
  stderr.on('error', lostTerminal)

  // Whether more may follow at once.
  const write = (text: string): boolean => {
    if (closed || unwritable !== undefined) return true
    if (!plainFile) return stdout.write(text)
    // The stream takes a write that was cut short, on a device that is nearly full, for a whole one.
    try {
      writeFileSync(stdout.fd, text)
    } catch (error) {
      lostReader(error as NodeJS.ErrnoException)
    }
    return true
  }
  const print = (text: string): void => {
    clear()
    write(`${visible(text)}\n`)
  }
  return {
    signal: abort.signal,
    made,
    get ending() {
      return ending
    },
    get closed() {
      return closed
    },
    get unwritable() {
      return unwritable
    },
    print,
    printPart: async (text) => {
      clear()
      if (!write(text)) await once(stdout, 'drain', { signal: abort.signal })
    },
    printJson: (kind, value, command = made.command) =>
      print(toJson({ ...headOf(kind, { ...made, command }), ...value })),
    complain: (text) => {
      clear()
      stderr.write(`${visible(text)}\n`)
    },
    progress: show,
    hush: stop,
    drained: () =>
      new Promise((resolve) => {
        if (plainFile) resolve()
        else stdout.write('', () => resolve())
      }),
    close: () => {
      stop()
      // The listeners of the streams stay: an error may still come while they drain.
      for (const name of Object.keys(endings)) process.off(name, end)
    },
  }
}
