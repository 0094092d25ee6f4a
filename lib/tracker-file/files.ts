/** The tracker files that a user names. */
import { accessSync, constants, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { InputError, oneOf } from '../data/errors.js'
import { listArgument, textArgument } from '../data/options.js'
import { trackerNames } from '../native/trackers.js'
import type { TrackerFileName } from '../results/variant.js'
import { NATIVE } from './compiler.js'

const EXPECTED = 'expected a tracker file, a C header as ./mine.h'

const isTrackerFileName = (name: string): name is TrackerFileName => name.endsWith('.h')

/** @throws InputError that begins with `what`, the option or argument */
export function checkFile(file: string, what: string): TrackerFileName {
  const name = basename(textArgument(what, file, 'the path of a tracker file'))
  if (!isTrackerFileName(name)) {
    throw new InputError(
      `${what}: ${EXPECTED}, not "${file}"${what === '--tracker' ? '; --trackers takes names' : ''}`,
    )
  }
  try {
    if (!statSync(file).isFile()) throw new InputError(`${what}: ${file}: not a file; ${EXPECTED}`)
    accessSync(file, constants.R_OK)
  } catch (error) {
    if (error instanceof InputError) throw error
    const reason = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new InputError(`${what}: ${file}: cannot be read (${reason}); ${EXPECTED}`)
  }
  return name
}

export interface TrackerFile {
  readonly name: TrackerFileName
  readonly file: string
}

/** @throws InputError for a file that is not there or is no header, and for two of one name */
export function checkFiles(files: readonly string[]): TrackerFile[] {
  const named = listArgument('files', files, 'a list of paths')
  const checked = named.map((file) => ({ file, name: checkFile(file, '--tracker') }))
  checked.forEach(({ name, file }, i) => {
    const other = checked.slice(0, i).find((before) => before.name === name)
    if (other) {
      throw new InputError(
        `--tracker: ${other.file} and ${file} would both be called ${name}; expected two names`,
      )
    }
  })
  return checked
}

/**
 * The file of a tracker of the list, which can be compiled as a user's own.
 *
 * @throws InputError for an unknown one
 */
export function trackerSource(name: string): string {
  const tracker = oneOf('tracker', name, trackerNames)
  return join(NATIVE, 'trackers', `${tracker.replaceAll('-', '_')}.h`)
}
