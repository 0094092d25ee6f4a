/** The notes that were taken when a trace was recorded: `meta.json` beside it. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
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

/** The meta.json in the folder of a trace; undefined where there is none. Throws InputError. */
export function metaBeside(trace: string): Notes | undefined {
  const file = join(dirname(trace), 'meta.json')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
  return parseNotes(file, text)
}
