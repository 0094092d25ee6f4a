/** Errors of what was asked for, in words that name the field. */
import { closest, distance } from 'fastest-levenshtein'
import * as z from 'zod'

/** Wrong use or bad input; the command line ends with 2 for it. */
export class InputError extends Error {
  override readonly name: string = 'InputError'
}

/** What was asked for was made, and could not be written; the command line ends with 3 for it. */
export class OutputError extends Error {
  override readonly name: string = 'OutputError'
}

/** ` Did you mean X?`, or nothing when no known word is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  if (known.length === 0) return ''
  const near = closest(word, known)
  return distance(word, near) <= Math.max(2, word.length / 3) ? ` Did you mean ${near}?` : ''
}

/** A name out of a list, or an error that names the list and the nearest. */
export function oneOf<T extends string>(what: string, word: string, known: readonly T[]): T {
  const found = known.find((name) => name === word)
  if (found !== undefined) return found
  if (typeof word !== 'string') {
    throw new InputError(`${what}: expected one of ${known.join(', ')}, not ${word}`)
  }
  throw new InputError(
    `${what}: unknown "${word}".${didYouMean(word, known)} Known: ${known.join(', ')}`,
  )
}

/** @throws InputError unless the value is a whole number within the limits */
export function wholeNumber(what: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value
  throw new InputError(`${what}: expected a whole number from ${least} to ${most}, not ${value}`)
}

/**
 * @param file its name, for the error
 * @throws InputError for what is not JSON
 */
export function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new InputError(`${file}: not JSON: ${(error as Error).message}`)
  }
}

/** The keys that an object at this path may have, as far as the schema is made of objects. */
function knownKeys(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  let at: unknown = schema
  const open = (): void => {
    while (
      at instanceof z.ZodOptional ||
      at instanceof z.ZodDefault ||
      at instanceof z.ZodPrefault
    ) {
      at = at.unwrap()
    }
  }
  open()
  for (const key of path) {
    if (at instanceof z.ZodObject) at = (at.shape as Record<PropertyKey, unknown>)[key]
    else if (at instanceof z.ZodArray) at = at.element
    else return []
    open()
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape as object) : []
}

function describe(schema: unknown, issue: z.core.$ZodIssue, whole: string): string {
  const where = issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, issue.path)
    return issue.keys
      .map((key) => {
        const full = where ? `${where}.${key}` : key
        const list = known.length > 0 ? ` Known: ${known.join(', ')}` : ''
        return `${full}: unknown key.${didYouMean(key, known)}${list}`
      })
      .join('; ')
  }
  // A union says only that nothing fitted; what the nearest branch minded is more use.
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const nearest = [...issue.errors].sort((a, b) => depth(b) - depth(a))[0]
    const inner = nearest?.[0]
    if (inner && inner.path.length > 0) {
      const path = [...issue.path, ...inner.path]
      return describe(schema, { ...inner, path } as typeof inner, whole)
    }
  }
  return `${where || whole}: ${issue.message}`
}

const depth = (issues: readonly z.core.$ZodIssue[]): number =>
  Math.max(...issues.map((issue) => (issue.code === 'invalid_type' ? 0 : issue.path.length)), 0)

/** What a schema minded, one line. `whole`: what to call that which was checked. */
export function toInputError(schema: unknown, error: z.ZodError, whole = 'scenario'): InputError {
  return new InputError(error.issues.map((issue) => describe(schema, issue, whole)).join('; '))
}
