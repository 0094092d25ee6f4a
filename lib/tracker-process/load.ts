/** A compiled tracker file, among the trackers of this process. */
import { addon } from '../native/addon.js'
import type { BuiltTracker } from '../tracker-file/types.js'
import { noteWords } from '../tracker-file/words.js'

/** @returns the compiler that made it; or why it cannot be loaded */
export function load({
  path,
  name,
  files,
}: BuiltTracker): { readonly compiler: string } | { readonly refused: string } {
  noteWords(name, files)
  try {
    return { compiler: addon().loadTracker(path, name) }
  } catch (error) {
    const words = (error as Error).message.replaceAll(`${path}: `, '')
    return { refused: `cannot be loaded: ${words}` }
  }
}
