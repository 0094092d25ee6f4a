/** The notes that were taken when a trace was recorded, where an option names them. */
import { readFileSync } from 'node:fs'
import { InputError, type Notes, parseNotes } from '../../index.js'

/** The file that was named. Throws InputError. */
export function readMeta(file: string): Notes {
  try {
    return parseNotes(file, readFileSync(file, 'utf8'))
  } catch (error) {
    if (error instanceof InputError) throw error
    throw new InputError(
      `--meta: cannot read ${file} (${(error as NodeJS.ErrnoException).code ?? error}); expected a JSON file`,
    )
  }
}
