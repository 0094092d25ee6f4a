/** A process that may hang, crash or start others: always ended as a whole. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { OutputError } from '../data/errors.js'

/** Enough of what a process says on stderr. */
const KEPT_CHARS = 65_536

/** Ends a process that leads a group of its own, and all that it started. */
export function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // It has ended by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** What a process says on stderr, from the beginning. */
export function listen({ stderr }: ChildProcess): () => string {
  let text = ''
  stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    if (text.length < KEPT_CHARS) text += chunk
  })
  return () => text
}

/** What a program says, in the words of LC_ALL=C, when there is no room for what it writes. */
const NO_ROOM = /No space left on device|Disk quota exceeded/

/** A full disk must not look like a fault of what was to be made. */
function noRoom(command: string, folder: string, stderr: string): OutputError | undefined {
  const [words] = NO_ROOM.exec(stderr) ?? []
  return words === undefined
    ? undefined
    : new OutputError(
        `${command} cannot write (${words.toLowerCase()}); expected room in ${folder}`,
      )
}

export interface Ended {
  /** 0 for success; null when it was ended by a signal. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stderr: string
  readonly timedOut: boolean
}

export interface Limits {
  readonly limitMs: number
  /** For its temporary files, which it leaves behind when it is killed. */
  readonly folder: string
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
  /** What it says on stdout, line by line; without it, that goes nowhere. */
  readonly onLine?: ((line: string) => void) | undefined
}

/**
 * Runs a command to its end, or to the limit.
 *
 * @throws the signal's reason when it was aborted; the error of a command that cannot be started;
 * OutputError where it failed because a disk is full
 */
export function runCommand(
  command: string,
  args: readonly string[],
  { limitMs, folder, env, signal, onLine }: Limits,
): Promise<Ended> {
  signal?.throwIfAborted()
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      // A group of its own: an interrupt of the terminal reaches only us, and we end all of it.
      detached: true,
      env: { ...process.env, LC_ALL: 'C', TMPDIR: folder, ...env },
      stdio: ['ignore', onLine ? 'pipe' : 'ignore', 'pipe'],
    })
    const heard = listen(child)
    if (onLine && child.stdout) createInterface(child.stdout).on('line', onLine)
    let timedOut = false
    const kill = (): void => killGroup(child)
    const timer = setTimeout(() => {
      timedOut = true
      kill()
    }, limitMs)
    signal?.addEventListener('abort', kill, { once: true })
    // This process may be left before the command has ended.
    process.once('exit', kill)
    const clear = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', kill)
      process.off('exit', kill)
    }
    child.on('error', (error) => {
      clear()
      reject(error)
    })
    child.on('close', (code, killedBy) => {
      clear()
      if (signal?.aborted) return reject(signal.reason)
      const stderr = heard()
      const full = code === 0 ? undefined : noRoom(command, folder, stderr)
      if (full) reject(full)
      else resolve({ code, signal: killedBy, stderr, timedOut })
    })
  })
}
