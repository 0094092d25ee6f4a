/** How the public functions begin that take a while: progress is told to what may be asynchronous, and may fail. */
import { checkOptions, type optionsOf } from './options.js'

interface Followed {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((...args: never[]) => unknown) | undefined
}

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value

/**
 * Checks the options that a user gave, and runs something that tells its progress. Where onProgress returns a promise, the run ends no
 * earlier than that, and a rejection ends the run, which then rejects with the same.
 *
 * @param run is given the options with another signal and onProgress
 * @throws InputError as checkOptions() does; what the run throws, and what onProgress throws or rejects with
 */
export async function follow<O extends Followed, T>(
  schema: ReturnType<typeof optionsOf>,
  options: O,
  run: (options: O) => Promise<T>,
): Promise<T> {
  checkOptions(schema, options)
  const { signal, onProgress } = options
  if (!onProgress) return run(options)
  signal?.throwIfAborted()
  const stop = new AbortController()
  const abort = (): void => stop.abort(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  const pending = new Set<Promise<void>>()
  let failure: { readonly error: unknown } | undefined
  const fail = (error: unknown): void => {
    failure ??= { error }
    stop.abort(error)
  }
  const told = (...args: never[]): void => {
    if (failure) return
    const answer = onProgress(...args)
    if (!isPromise(answer)) return
    const ended = Promise.resolve(answer)
      .then(() => {}, fail)
      .finally(() => pending.delete(ended))
    pending.add(ended)
  }
  // Who aborts does not wait for progress that may never end.
  const aborted = new Promise<void>((resolve) => {
    stop.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  try {
    const result = await run({ ...options, signal: stop.signal, onProgress: told })
    await Promise.race([Promise.all(pending), aborted])
    if (failure) throw failure.error
    stop.signal.throwIfAborted()
    return result
  } catch (error) {
    throw failure ? failure.error : error
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}
