/** Where two plain values differ, for errors that say so. */

export interface Difference {
  /** As `scenario.pool.slots`. */
  readonly path: string
  readonly here: unknown
  readonly there: unknown
}

/** Where two values differ first; undefined where they do not. */
export function difference(here: unknown, there: unknown, path: string): Difference | undefined {
  if (here === there) return undefined
  const objects = [here, there].every((one) => typeof one === 'object' && one !== null)
  if (!objects || Array.isArray(here) !== Array.isArray(there)) return { path, here, there }
  const [a, b] = [here, there] as [Record<string, unknown>, Record<string, unknown>]
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = difference(a[key], b[key], `${path}.${key}`)
    if (found) return found
  }
  return undefined
}

const SHOWN_CHARS = 60

function shown(value: unknown): string {
  if (value === undefined) return 'not given'
  const text = JSON.stringify(value)
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}...` : text
}

/** `plan.seed is 1, and 2 in a.jsonl:1` */
export const differenceWords = ({ path, here, there }: Difference, where: string): string =>
  `${path} is ${shown(here)}, and ${shown(there)} in ${where}`
