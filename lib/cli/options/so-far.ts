/** What there is of a series when it is interrupted. */
import { verbOf } from '../../data/units.js'
import { wrap } from '../../report/words.js'

/**
 * @param run is given a list, to which it adds what has come to its end
 * @returns that list, which is not all where it was interrupted
 * @throws what `run` throws, where it was not interrupted, or nothing is there yet
 */
export async function soFar<T>(
  signal: AbortSignal,
  run: (done: T[]) => Promise<void>,
): Promise<readonly T[]> {
  const done: T[] = []
  try {
    await run(done)
  } catch (error) {
    if (done.length === 0 || !signal.aborted) throw error
  }
  return done
}

/**
 * The same of one result that grows.
 *
 * @param run is given where to leave what there is so far
 * @returns what `run` gives, or what it left last where it was interrupted
 */
export async function latest<T>(
  signal: AbortSignal,
  run: (leave: (result: T) => void) => Promise<T>,
): Promise<T> {
  const [result] = await soFar<T>(signal, async (done) => {
    const leave = (one: T): void => {
      done[0] = one
    }
    leave(await run(leave))
  })
  return result as T
}

/** Results of several traces in one document, with those that are missing; and one as it is. */
export function tracesOf<T extends object>(
  results: readonly T[],
  missing: readonly string[],
): object {
  if (missing.length > 0) return { traces: results, missing }
  return results.length === 1 ? (results[0] as T) : { traces: results }
}

/** Under what is shown: a part must not pass for the whole. */
export function missingWords(missing: number, all: number, what: string): string {
  const is = verbOf(missing, 'is', 'are')
  return wrap(
    `This is not all: ${missing} of ${all} ${what} ${is} missing, because it was interrupted.`,
  )
}
