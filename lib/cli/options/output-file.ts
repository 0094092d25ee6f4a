/** Files that a command writes at its end: whether there is a place for them is asked at its start. */
import { accessSync, constants, type Stats, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { InputError, OutputError } from '../../data/errors.js'
import { writeWhole } from '../../system/output.js'

/**
 * @param what is to be written, in words
 * @returns what to say where it could not be
 */
export function unwritable(
  file: string,
  what: string,
  error: unknown,
  option = '--out',
): OutputError {
  const { code } = error as NodeJS.ErrnoException
  return new OutputError(
    `${option}: ${file} cannot be written (${code}); expected a place for ${what}`,
  )
}

/** Undefined where there is none; why there is none is said by whoever opens it. */
function statOf(file: string): Stats | undefined {
  try {
    return statSync(file)
  } catch {
    return undefined
  }
}

export const sameFile = (one: string, other: string): boolean => {
  const [a, b] = [one, other].map(statOf)
  return a?.isFile() === true && a.ino === b?.ino && a.dev === b.dev
}

/** @throws InputError where a file would be written over what is read */
export function keepInputs(
  out: string | undefined,
  inputs: readonly string[],
  option = '--out',
): void {
  if (out === undefined) return
  const input = inputs.find((file) => sameFile(out, file))
  if (input === undefined) return
  throw new InputError(`${option}: ${out} is what is read; expected another file`)
}

/**
 * Leaves no file behind, and does not open one that is there: it may be a pipe. A plain file is
 * replaced, so that its folder has to take a new one.
 *
 * @throws OutputError where the file could not be written; InputError for -, which is stdin elsewhere
 */
export function checkOutputFile(file: string, what: string, option?: string): void {
  if (file === '-') {
    throw new InputError(`${option ?? '--out'}: expected the name of a file for ${what}, not "-"`)
  }
  const refuse = (code: string): never => {
    throw unwritable(file, what, { code }, option)
  }
  try {
    const there = statSync(file, { throwIfNoEntry: false })
    if (there?.isDirectory()) refuse('EISDIR')
    const folder = dirname(resolve(file))
    if (!there && !statSync(folder).isDirectory()) refuse('ENOTDIR')
    if (there) accessSync(file, constants.W_OK)
    if (!there || there.isFile()) accessSync(folder, constants.W_OK)
  } catch (error) {
    throw error instanceof OutputError ? error : unwritable(file, what, error, option)
  }
}

/**
 * All of it, or nothing.
 *
 * @throws OutputError where it cannot be written
 */
export function writeOutputFile(file: string, text: string, what: string, option?: string): void {
  try {
    writeWhole(file, text)
  } catch (error) {
    throw unwritable(file, what, error, option)
  }
}
