/** What there is of a series when it is interrupted. */
import { verbOf } from '../../data/units.js'
import { wrap } from '../../report/words.js'

/**
 * @param done what has come to its end before
 * @returns the next of it; undefined where it was interrupted and something is there already
 * @throws what `next` throws
 */
export async function soFar<T>(
  done: readonly unknown[],
  signal: AbortSignal | undefined,
  next: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await next()
  } catch (error) {
    if (done.length === 0 || !signal?.aborted) throw error
    return undefined
  }
}

/** Under what is shown: a part must not pass for the whole. */
export function missingWords(missing: number, all: number, what: string): string {
  const is = verbOf(missing, 'is', 'are')
  return wrap(
    `This is not all: ${missing} of ${all} ${what} ${is} missing, because it was interrupted.`,
  )
}
