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

/** Under what is shown: a part must not pass for the whole. */
export function missingWords(missing: number, all: number, what: string): string {
  const is = verbOf(missing, 'is', 'are')
  return wrap(
    `This is not all: ${missing} of ${all} ${what} ${is} missing, because it was interrupted.`,
  )
}
