/** Files that a command writes at its end: whether there is a place for them is asked at its start. */
import { accessSync, constants, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { InputError } from '../../index.js'

/**
 * @param what is to be written, in words
 * @returns what to say where it could not be
 */
export function unwritable(file: string, what: string, error: unknown): InputError {
  const { code } = error as NodeJS.ErrnoException
  return new InputError(`--out: ${file} cannot be written (${code}); expected a place for ${what}`)
}

/**
 * Leaves no file behind, and does not open one that is there: it may be a pipe.
 *
 * @throws InputError where the file could not be written
 */
export function checkOutputFile(file: string, what: string): void {
  const refuse = (code: string): never => {
    throw unwritable(file, what, { code })
  }
  try {
    const there = statSync(file, { throwIfNoEntry: false })
    if (there?.isDirectory()) refuse('EISDIR')
    const folder = dirname(resolve(file))
    if (!there && !statSync(folder).isDirectory()) refuse('ENOTDIR')
    accessSync(there ? file : folder, constants.W_OK)
  } catch (error) {
    throw error instanceof InputError ? error : unwritable(file, what, error)
  }
}
