/** The options of public functions: only keys that there are, and what is in them of the right kind. */
import * as z from 'zod'
import { InputError, toInputError } from './errors.js'

/** A kind for each key, so that the compiler misses one that is forgotten here. */
export type Shape<T> = { readonly [K in keyof Required<T>]: z.ZodType }

const isSignal = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  'aborted' in value &&
  'addEventListener' in value &&
  typeof value.addEventListener === 'function'

/** Kinds of options. */
export const option = {
  signal: z.custom(isSignal, 'expected an AbortSignal').optional(),
  callback: z.custom((value) => typeof value === 'function', 'expected a function').optional(),
  list: z.array(z.unknown(), 'expected a list').optional(),
  flag: z.boolean('expected true or false').optional(),
  text: z.string('expected a text').optional(),
  number: z.number('expected a number').optional(),
  /** What the function looks at itself, and names. */
  own: z.unknown().optional(),
}

/** Where a kernel's source is. */
export const kernelSourceSchema = z
  .string('expected the path of a kernel tree')
  .min(1, 'expected the path of a kernel tree')

/** An object with these keys and no other. */
export const optionsOf = <T>(shape: Shape<T>) =>
  z.strictObject({ ...shape } as Record<string, z.ZodType>, 'expected an object')

/**
 * @param what to call the options as a whole
 * @throws InputError that names each key that is unknown, with the nearest, or of the wrong kind
 */
export function checkOptions(
  schema: ReturnType<typeof optionsOf>,
  options: unknown,
  what = 'options',
): void {
  const checked = schema.safeParse(options)
  if (!checked.success) throw toInputError(schema, checked.error, what)
}

/** @throws InputError for what is no text, or an empty one */
export function textArgument(what: string, value: unknown, expected: string): string {
  if (typeof value === 'string' && value !== '') return value
  const found = value === '' ? 'an empty text' : kindOf(value)
  throw new InputError(`${what}: expected ${expected}, not ${found}`)
}

/** @throws InputError for what is no list */
export function listArgument<T>(what: string, value: readonly T[], expected: string): readonly T[] {
  if (Array.isArray(value)) return value
  throw new InputError(`${what}: expected ${expected}, not ${kindOf(value)}`)
}

/** @throws InputError for what is no object */
export function checkObject<T>(what: string, value: T, expected: string): T {
  if (typeof value === 'object' && value !== null) return value
  throw new InputError(`${what}: expected ${expected}, not ${kindOf(value)}`)
}

/** What a value is, in words. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value)
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return `"${value}"`
  if (typeof value === 'object') return 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}
