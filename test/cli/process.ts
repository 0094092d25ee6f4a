// Runs the built command line as a user does: a process of its own, its streams, its exit code.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(__dirname, '../..')
export const captures = join(root, 'test/data/captures')
export const MAIN = join(root, 'dist/cli/main.js')
/** For a process that hangs; far above what any test needs. */
const KILL_AFTER_MS = 60_000

/** The program's commands, as its help lists them. */
export const commandNames = (help: string): string[] =>
  [...(help.split('\nCommands:\n')[1] ?? '').matchAll(/^ {2}([a-z][a-z-]*) /gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help')

/** What a report tells to type next, as a shell takes it. */
export const nextIn = (text: string): string[] =>
  [...text.matchAll(/^next, .*?: (node .*)$/gm)].map(([, line = '']) => line)

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Handling {
  readonly input?: string | Buffer
  /** Interrupts the process after so many milliseconds. */
  readonly interruptAfter?: number
  /** Closes the reading end of its stdout at once. */
  readonly deaf?: boolean
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>
}

export function cli(args: readonly string[], handling: Handling = {}): Promise<Ended> {
  if (!existsSync(MAIN)) throw new Error('dist/cli/main.js is missing: run `npm run build` first')
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: root,
      // Whoever has a width in the environment must not get other tables.
      env: { ...process.env, COLUMNS: '', ...handling.env },
    })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    // A process that ends before it has read its input is no fault of the test.
    child.stdin.on('error', () => undefined)
    child.stdin.end(handling.input ?? '')
    if (handling.deaf) child.stdout.destroy()
    const kill = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS)
    const interrupt =
      handling.interruptAfter === undefined
        ? undefined
        : setTimeout(() => child.kill('SIGINT'), handling.interruptAfter)
    const clear = (): void => {
      clearTimeout(kill)
      clearTimeout(interrupt)
    }
    child.on('error', (error) => {
      clear()
      reject(error)
    })
    child.on('close', (code) => {
      clear()
      const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString()
      resolve({ code, stdout: text(out), stderr: text(err) })
    })
  })
}
