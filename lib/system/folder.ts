/** Folders that are made: for a use, with which they go, and where somebody asked for one. */
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { OutputError } from '../data/errors.js'

/**
 * What it does with temporary files or folders.
 *
 * @throws OutputError that names where they were to be, in place of what the system says
 */
export function inTemporary<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new OutputError(
      `cannot write a temporary file in ${tmpdir()} (${reason}); expected room there for what is ` +
        'read and made, or another folder in TMPDIR',
    )
  }
}

/**
 * @param what is done in it, a part of its name
 * @throws OutputError where there can be none
 */
export async function withFolder<T>(what: string, use: (folder: string) => Promise<T>): Promise<T> {
  // Its name says whose it is: a folder whose process is gone was left behind.
  const name = join(tmpdir(), `swiotlb-lab-${what}-${process.pid}-`)
  const folder = inTemporary(() => mkdtempSync(name))
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  process.once('exit', remove)
  try {
    return await use(folder)
  } finally {
    process.off('exit', remove)
    remove()
  }
}

/**
 * A folder, with those that it lies in. Step by step: all at once, Node never comes back where a folder
 * cannot be had, as in /proc.
 *
 * @returns those that were not there, the innermost first
 * @throws the system's error
 */
export function makeFolder(path: string): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return []
  const around = makeFolder(dirname(path))
  mkdirSync(path)
  return [path, ...around]
}
