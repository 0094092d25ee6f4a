/** Files that the bench reads back. */
import { readdirSync } from 'node:fs'
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

/** The names of such files in a folder, sorted; a folder that is not there holds none. */
export function jsonNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
