/** What `verify` does, as a folder that a kernel tree can hold: no Node, a compiler and make alone. */
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as z from 'zod'
import { InputError, OutputError } from '../data/errors.js'
import { checkOptions, optionsOf } from '../data/options.js'
import { version } from '../data/package.js'
import type { SelftestResult } from '../results/selftest.js'
import { makeFolder } from '../system/folder.js'
import { writeWhole } from '../system/output.js'
import { MADE, readMade, type SelftestFile, selftestFiles, sha256 } from './files.js'

export interface SelftestOptions {
  /** New or empty, or made by this command before. */
  readonly folder: string
}

const schema = optionsOf<SelftestOptions>({
  folder: z.string('expected the path of a folder').min(1, 'expected the path of a folder'),
})

const EXPECTED = 'a new or empty folder, or one that export-selftest has made'

const refuse = (path: string, why: string): InputError =>
  new InputError(`${path} ${why}; expected ${EXPECTED}`)

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error)

const unwritable = (folder: string, error: unknown): OutputError =>
  new OutputError(`${folder} cannot be written (${codeOf(error)}); expected ${EXPECTED}`)

const kindOf = (path: string) => lstatSync(path, { throwIfNoEntry: false })

/** What lies in the folder now, in whatever state. */
interface There {
  /** Whether the folder itself is. */
  readonly folder: boolean
  /** Hashes of the files of the last time, by path. */
  readonly listed: ReadonlyMap<string, string>
}

function lookAt(folder: string): There {
  let names: readonly string[]
  try {
    names = readdirSync(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { folder: false, listed: new Map() }
    // Below a file there can be no folder: that is a place, and not what lies there.
    throw existsSync(folder) && codeOf(error) === 'ENOTDIR'
      ? refuse(folder, 'is no folder')
      : unwritable(folder, error)
  }
  if (names.length === 0) return { folder: true, listed: new Map() }
  if (!names.includes(MADE)) throw refuse(folder, `is not empty and has no file ${MADE}`)
  const path = join(folder, MADE)
  if (!kindOf(path)?.isFile()) throw refuse(path, 'is no plain file')
  const listed = readMade(readFileSync(path, 'utf8'))
  if (listed === undefined) throw refuse(path, 'was not written by export-selftest')
  return { folder: true, listed }
}

/** The first of the folders on the way to a file that is none, as a link is; undefined without. */
function blockedAt(folder: string, path: string): string | undefined {
  const steps = path.split('/').slice(0, -1)
  const ways = steps.map((_, i) => join(folder, ...steps.slice(0, i + 1)))
  return ways.find((way) => kindOf(way)?.isDirectory() === false)
}

type State = 'missing' | 'same' | 'older' | 'changed'

/** How a file of the folder is, beside what it is to be. Throws InputError for one of somebody else. */
function stateOf(folder: string, { path, text }: SelftestFile, { listed }: There): State {
  const blocked = blockedAt(folder, path)
  if (blocked !== undefined) throw refuse(blocked, 'is no folder')
  const file = join(folder, path)
  const kind = kindOf(file)
  if (kind === undefined) return 'missing'
  if (!kind.isFile()) throw refuse(file, 'is no plain file')
  const now = readFileSync(file, 'utf8')
  if (now === text) return 'same'
  if (path === MADE) return 'older'
  const hash = listed.get(path)
  if (hash === undefined) throw refuse(file, `is there, and ${MADE} does not list it`)
  return sha256(now) === hash ? 'older' : 'changed'
}

function write(folder: string, { path, text, executable }: SelftestFile): void {
  const file = join(folder, path)
  makeFolder(dirname(file))
  writeWhole(file, text)
  if (executable) chmodSync(file, 0o755)
}

/** Files of the last time that there are no more: gone, or left where somebody has changed them. */
function removeOld(folder: string, { listed }: There, files: readonly SelftestFile[]) {
  const now = new Set(files.map(({ path }) => path))
  const old = [...listed].filter(
    ([path]) =>
      !now.has(path) &&
      blockedAt(folder, path) === undefined &&
      kindOf(join(folder, path))?.isFile() === true,
  )
  const isOurs = ([path, hash]: readonly [string, string]): boolean =>
    sha256(readFileSync(join(folder, path), 'utf8')) === hash
  const removed = old.filter(isOurs).map(([path]) => path)
  const left = old.filter((entry) => !isOurs(entry)).map(([path]) => path)
  for (const path of removed) rmSync(join(folder, path))
  return { removed, left }
}

/** A folder that was there, and empty, is the user's, and stays. */
function removeBegun(folder: string, { folder: wasThere }: There): void {
  const paths = wasThere ? readdirSync(folder).map((name) => join(folder, name)) : [folder]
  for (const path of paths) rmSync(path, { recursive: true, force: true })
}

/**
 * Lays out the tests of a kernel's swiotlb, in the manner of its own tools/testing/.
 *
 * Made again, files are replaced one by one, and nothing that is not of this command is touched.
 *
 * @throws InputError for a folder that is something else; OutputError where it cannot be written, and
 * nothing new is left then
 */
export function exportSelftest(options: SelftestOptions): SelftestResult {
  checkOptions(schema, options)
  const { folder } = options
  const there = lookAt(folder)
  const files = selftestFiles()
  const states = files.map((file) => ({ file, state: stateOf(folder, file, there) }))
  const differ = states.filter(({ state }) => state !== 'same')
  const fresh = there.listed.size === 0
  try {
    for (const { file } of differ) write(folder, file)
    return {
      folder,
      version,
      files: files.map(({ path }) => path),
      written: differ.map(({ file }) => file.path),
      replaced: states.filter(({ state }) => state === 'changed').map(({ file }) => file.path),
      ...removeOld(folder, there, files),
    }
  } catch (error) {
    if (fresh) removeBegun(folder, there)
    throw unwritable(folder, error)
  }
}
