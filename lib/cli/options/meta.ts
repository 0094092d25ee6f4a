/** The notes that were taken when a trace was recorded, where an option names them. */
import { readFileSync } from 'node:fs'
import { InputError, type Notes, parseNotes } from '../../index.js'

/** Any other JSON file says nothing of a recording. */
function isEmpty({ hints, hiwaterSlots, cpus, losses }: Notes): boolean {
  const nothing = hiwaterSlots === undefined && cpus === undefined && losses.length === 0
  return nothing && Object.keys(hints).length === 0
}

/** The file that was named. Throws InputError, also where nothing of a recording is in it. */
export function readMeta(file: string): Notes {
  try {
    const notes = parseNotes(file, readFileSync(file, 'utf8'))
    if (!isEmpty(notes)) return notes
    throw new InputError(
      `--meta: ${file} has no notes of a recording; expected at least one of nslabs, nareas, pool_start, ` +
        'used_before, hiwater_after and ncpus, as the meta.json of a capture has them',
    )
  } catch (error) {
    if (error instanceof InputError) throw error
    throw new InputError(
      `--meta: cannot read ${file} (${(error as NodeJS.ErrnoException).code ?? error}); expected a JSON file`,
    )
  }
}
