/** Runs a job in a process of its own, and tells how it ended. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { InputError } from '../data/errors.js'
import { inPackage } from '../data/package.js'
import type { Progress } from '../results/variant.js'
import { killGroup, listen } from '../system/process.js'
import type { Job, JobResults, Message } from './types.js'

// The compiled file, also where this one runs from the source.
const CHILD = inPackage('dist/tracker-process/main.js')

export type Outcome<T> =
  | { readonly ok: true; readonly result: T }
  | {
      readonly ok: false
      /** `crashed (SIGSEGV)`, `did not return within 20 s`. */
      readonly how: string
      /** What it was doing. */
      readonly last: Progress
    }

export interface Watch {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /**
   * How long it may say nothing. It may be silent five times as long as it ever was so far, too:
   * a long run is no hanging one.
   */
  readonly silenceMs: number
}

const SLACK = 5
/** How long the rest of what an ended process said may take, where somebody else holds its pipes. */
const DRAIN_MS = 1000

/** The first line that somebody wrote on stderr before the end, such as a failed assertion. */
function lastWords(stderr: string): string {
  const line = stderr.split('\n').find((text) => text.trim() !== '')
  return line ? `: ${line.trim().slice(0, 200)}` : ''
}

function howEnded(code: number | null, killedBy: string | null, stderr: string): string {
  if (killedBy) return `crashed (${killedBy}${lastWords(stderr)})`
  return `ended the process (exit code ${code}${lastWords(stderr)})`
}

/** Call it at the start; what it returns, called at the end, waits for the process's last words. */
function watchPipes(child: ChildProcess): () => Promise<void> {
  const ends = Promise.all(
    ['close', 'disconnect'].map((event) => new Promise((resolve) => child.once(event, resolve))),
  )
  return async () => {
    const enough = new AbortController()
    const given = delay(DRAIN_MS, undefined, { signal: enough.signal }).catch(() => undefined)
    await Promise.race([ends, given])
    enough.abort()
  }
}

/**
 * @throws InputError that the job threw; Error for anything else that is no fault of a tracker; the
 *   signal's reason when it was aborted
 */
export async function runJob<J extends Job>(
  job: J,
  { signal, onProgress, silenceMs }: Watch,
): Promise<Outcome<JobResults[J['kind']]>> {
  signal?.throwIfAborted()
  if (!existsSync(CHILD)) throw new Error(`${CHILD} is missing: the package is not built`)
  const child = fork(CHILD, [], {
    // A group of its own: an interrupt of the terminal reaches only us, and we end it.
    detached: true,
    serialization: 'advanced',
    // What a tracker prints is not our output.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  })
  const heard = listen(child)
  const drained = watchPipes(child)
  let last: Progress | undefined
  /** What came of it, once that is known. */
  let answer: (() => Outcome<JobResults[J['kind']]>) | undefined
  const end = (): void => killGroup(child)
  const fault = (how: string): Outcome<never> => {
    if (last) return { ok: false, how, last }
    throw new Error(`the process for tracker files ${how}`)
  }

  let limit = silenceMs
  const watchSilence = (): NodeJS.Timeout =>
    setTimeout(() => {
      answer = () => fault(`did not return within ${Math.round(limit / 1000)} s`)
      end()
    }, limit)
  let timer = watchSilence()
  let since = Date.now()
  const take = (message: Message): void => {
    if (message.kind === 'progress') {
      last = message.progress
      onProgress?.(last)
      limit = Math.max(limit, SLACK * (Date.now() - since))
      since = Date.now()
      clearTimeout(timer)
      timer = watchSilence()
      return
    }
    answer = () => {
      if (message.kind === 'done') {
        return { ok: true, result: message.result as JobResults[J['kind']] }
      }
      throw message.input ? new InputError(message.message) : new Error(message.message)
    }
    end()
  }

  child.on('message', (message: Message) => {
    try {
      take(message)
    } catch (error) {
      answer = () => {
        throw error
      }
      end()
    }
  })
  signal?.addEventListener('abort', end, { once: true })
  process.once('exit', end)
  // A process that is dead already says so by its exit.
  child.send(job, () => undefined)
  try {
    const [code, killedBy] = (await once(child, 'exit')) as [number | null, string | null]
    // What it started ends with it.
    end()
    await drained()
    signal?.throwIfAborted()
    return answer?.() ?? fault(howEnded(code, killedBy, heard()))
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
    process.off('exit', end)
  }
}
