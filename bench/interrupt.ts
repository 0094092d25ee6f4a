/** SIGHUP, SIGINT and SIGTERM end a run of the bench soon, and not at once. */

export interface Interrupt {
  /** Aborted by the first of them. */
  readonly signal: AbortSignal
  /** What to exit with then, 128 and the signal's number; 0 where none came. */
  readonly code: () => number
}

export function onInterrupt(): Interrupt {
  const abort = new AbortController()
  let endedBy = 0
  for (const [name, number] of Object.entries({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 })) {
    process.once(name, () => {
      endedBy = 128 + number
      abort.abort(new Error('interrupted'))
    })
  }
  return { signal: abort.signal, code: () => endedBy }
}
