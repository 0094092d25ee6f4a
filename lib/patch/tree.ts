/** A copy of a kernel tree that a tracker is put into, or exchanged in. */
import { createHash } from 'node:crypto'
import {
  constants,
  createReadStream,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
} from 'node:fs'
import { cp, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { InputError, OutputError, parseJson } from '../data/errors.js'
import type { KernelTree } from '../kernel/source.js'
import { makeFolder } from '../system/folder.js'
import { writeWhole } from '../system/output.js'
import { runCommand } from '../system/process.js'
import type { NewFile } from './files.js'

/** Says which kernel a tree was made of. */
const STAMP = '.swiotlb-lab-patch.json'
/** For a tar of a kernel, on a slow disk. */
const LIMIT_MS = 1_800_000

interface Target {
  readonly tree: KernelTree
  /** The folder of the copy. */
  readonly out: string
  /** Of the tree, edited or new. */
  readonly files: readonly NewFile[]
  readonly signal?: AbortSignal | undefined
}

/** Not copied: what a repository keeps of other versions. */
const isHistory = (path: string): boolean => basename(path) === '.git'

/** Each file below a folder: its path, length and time. */
function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (isHistory(path)) continue
    if (entry.isDirectory()) {
      yield* filesBelow(path)
      continue
    }
    const { size, mtimeMs } = lstatSync(path)
    yield `${path} ${size} ${mtimeMs}\n`
  }
}

/** Of all that a copy is made of: what is in a tar, or each file's length and time. */
async function stampOf({ name, folder }: KernelTree): Promise<string> {
  const hash = createHash('sha256')
  if (name !== folder) for await (const part of createReadStream(name)) hash.update(part as Buffer)
  else for (const file of filesBelow(resolve(folder))) hash.update(file)
  return hash.digest('hex')
}

const refuse = (out: string, why: string): InputError =>
  new InputError(`--out: ${out} ${why}; expected a new folder, or one that patch has made`)

const unwritable = (out: string, { code }: Pick<NodeJS.ErrnoException, 'code'>): OutputError =>
  new OutputError(`--out: ${out} cannot be written (${code}); expected a place for the copy`)

/** Whether a folder holds a copy of the kernel of this stamp; false where there is nothing yet. */
function isCopy(out: string, of: string): boolean {
  if (!existsSync(out)) return false
  try {
    if (readdirSync(out).length === 0) return false
  } catch (error) {
    throw unwritable(out, error as NodeJS.ErrnoException)
  }
  const stamp = join(out, STAMP)
  if (!existsSync(stamp)) throw refuse(out, 'is not empty')
  const { source } = parseJson(stamp, readFileSync(stamp, 'utf8')) as { readonly source?: unknown }
  if (source !== of) throw refuse(out, 'was made of another kernel')
  return true
}

async function copyOf({ tree, out, signal }: Target): Promise<void> {
  makeFolder(out)
  if (tree.name === tree.folder) {
    await cp(tree.folder, out, {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
      filter: (path) => {
        signal?.throwIfAborted()
        return !isHistory(path)
      },
    })
    return
  }
  const { code, stderr } = await runCommand(
    'tar',
    ['-x', '-f', tree.name, '-C', out, '--strip-components=1'],
    { limitMs: LIMIT_MS, folder: out, signal },
  )
  if (code !== 0) throw refuse(out, `could not be filled from ${tree.name}: ${stderr.trim()}`)
}

function write(out: string, { path, text }: NewFile): boolean {
  const file = join(out, path)
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return false
  makeFolder(dirname(file))
  writeWhole(file, text)
  return true
}

/**
 * What is the same already keeps its time, so that make leaves alone what depends on it.
 *
 * @returns which files were written
 * @throws OutputError where that cannot be done
 */
export function writeChanged(out: string, files: readonly NewFile[]): string[] {
  try {
    return files.filter((file) => write(out, file)).map(({ path }) => path)
  } catch (error) {
    throw unwritable(out, error as NodeJS.ErrnoException)
  }
}

/**
 * Makes the copy, unless it is there, and writes what differs.
 *
 * @returns which files were written
 * @throws InputError for a folder that is something else, OutputError for one that cannot be written;
 * what was begun is removed then
 */
export async function putInto(target: Target): Promise<string[]> {
  const { tree, out, files } = target
  if (`${resolve(out)}${sep}`.startsWith(`${resolve(tree.folder)}${sep}`)) {
    throw refuse(out, 'lies in the kernel that is to be copied')
  }
  const stamp = await stampOf(tree)
  const there = isCopy(out, stamp)
  const folderThere = existsSync(out)
  try {
    if (!there) await copyOf(target)
    const written = writeChanged(out, files)
    if (!there) writeWhole(join(out, STAMP), `${JSON.stringify({ source: stamp })}\n`)
    return written
  } catch (error) {
    if (!there && existsSync(out)) await removeBegun(out, folderThere)
    target.signal?.throwIfAborted()
    const { code } = error as NodeJS.ErrnoException
    throw typeof code === 'string' ? unwritable(out, { code }) : error
  }
}

/** A folder that was there, and empty, is the user's, and stays. */
async function removeBegun(out: string, folderThere: boolean): Promise<void> {
  const paths = folderThere ? readdirSync(out).map((name) => join(out, name)) : [out]
  await Promise.all(paths.map((path) => rm(path, { recursive: true, force: true })))
}
