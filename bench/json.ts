/** Files that the bench reads back. */
import type * as z from 'zod'

/** Throws Error that names the file, the field and what was expected. */
export function parseJson<T>(name: string, text: string, schema: z.ZodType<T>): T {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new Error(`${name}: not JSON: ${(error as Error).message}`)
  }
  const checked = schema.safeParse(json)
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  throw new Error(`${name}: ${issue?.path.join('.') || 'the document'}: ${issue?.message}`)
}
