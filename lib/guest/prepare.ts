/** What stands before a boot: the patched tree, and a kernel built for one tracker after another. */

import { rmdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import * as z from 'zod'
import { InputError, OutputError } from '../data/errors.js'
import { kernelSourceSchema, option, type Shape } from '../data/options.js'
import { TRACKER_FILE, trackerSource } from '../patch/files.js'
import { exchangeTracker, patch } from '../patch/patch.js'
import { alone } from '../system/alone.js'
import { makeFolder } from '../system/folder.js'
import type { Arch } from './arch.js'
import { type Built, buildKernel, checkTools, checkTree, type Needs } from './build.js'
import type { KernelKind } from './config.js'
import { guestImage } from './image.js'

/** What is being done. */
export interface GuestStep {
  readonly tracker: string
  readonly doing: 'patch' | 'build' | 'boot'
  /** Files compiled so far. */
  readonly files?: number
}

export interface TreeOptions {
  /** A kernel tree, a tar of one, or a folder with linux-source-*.tar.xz. */
  readonly kernelSource: string
  /** Names of the list, and paths of tracker files. */
  readonly trackers: readonly string[]
  /** A folder that is kept: with the patched tree, and a build for each kind of kernel. */
  readonly work: string
  readonly signal?: AbortSignal | undefined
  readonly onStep?: ((step: GuestStep) => void) | undefined
}

export const treeShape: Shape<TreeOptions> = {
  kernelSource: kernelSourceSchema,
  trackers: z.array(z.string('expected a name or a path'), 'expected a list'),
  work: z.string('expected a folder'),
  signal: option.signal,
  onStep: option.callback,
}

/** Where the patched tree lies in the folder that is kept. */
const treeOf = (work: string): string => join(resolve(work), 'linux')

/** Those that were made for it, the innermost first. */
function workFolder(work: string): string[] {
  try {
    return makeFolder(work)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new OutputError(`--work: ${work} cannot be made (${code}); expected a place for a folder`)
  }
}

/** Of the system: what is read is not at fault. */
const UNWRITABLE = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EFBIG', 'ENOTDIR', 'EISDIR']

/** What goes wrong with what is written there, by the option that the user knows. */
function ofWork(error: unknown, work: string): unknown {
  if (!(error instanceof Error)) return error
  const words = error.message.replace(/^--out: /, '--work: ')
  if (error instanceof OutputError) return new OutputError(words)
  if (error instanceof InputError) return new InputError(words)
  const { code = '' } = error as NodeJS.ErrnoException
  return UNWRITABLE.includes(code)
    ? new OutputError(
        `--work: ${work} cannot be written (${code}); expected room for what is built`,
      )
    : error
}

function removeEmpty(folders: readonly string[]): void {
  try {
    for (const folder of folders) rmdirSync(folder)
  } catch {
    // What holds something stays, and what it lies in.
  }
}

/** What is done in a patched tree. */
export interface InTree<Row> {
  /** What it is built for. */
  readonly arch: Arch
  /** Commands that it takes beside those of every guest. */
  readonly needs?: Needs
  /** Whether the kernel counts what is in use a second time. */
  readonly truth: boolean
  /** What else the tree needs. */
  readonly edit?: (tree: string) => void
  readonly row: (tracker: string) => Promise<Row>
  /** The row of a tracker that was not built, or did not boot. */
  readonly failed: (tracker: string, why: string) => Row
  /** Told of what there is after each row but the last, and of the trackers that are missing then. */
  readonly onRows: (soFar: Rows<Row>, missing: readonly string[]) => void | Promise<void>
}

/** What a tree gave. */
export interface Rows<Row> {
  /** The kernel as it was named, and its version where one is known. */
  readonly kernel: string
  readonly version: string | null
  readonly rows: Row[]
}

async function rowsOf<Row>(options: TreeOptions, tree: InTree<Row>): Promise<Rows<Row>> {
  const { kernelSource, trackers, work, signal, onStep } = options
  const [tracker = ''] = trackers
  onStep?.({ tracker, doing: 'patch' })
  const out = treeOf(work)
  const { kernel, version } = await patch({
    kernelSource,
    tracker,
    out,
    truth: tree.truth,
    signal,
  })
  tree.edit?.(out)
  const rows: Row[] = []
  const errors: InputError[] = []
  // One after the other: they share the tree and the build.
  for (const tracker of trackers) {
    try {
      rows.push(await tree.row(tracker))
    } catch (error) {
      // What went wrong with one tracker says nothing of the others: their rows are kept.
      if (!(error instanceof InputError)) throw error
      errors.push(error)
      rows.push(tree.failed(trackerSource(tracker).name, error.message))
    }
    const missing = trackers.slice(rows.length)
    if (missing.length > 0) await tree.onRows({ kernel, version, rows: [...rows] }, missing)
  }
  const [first] = errors
  if (first !== undefined && errors.length === trackers.length) throw first
  return { kernel, version, rows }
}

/**
 * Makes the patched tree, or finds it, and a row for each tracker in it. Meanwhile nobody else has the
 * folder.
 *
 * @throws InputError for what is missing on this machine and what a kernel has no place for; and where no
 * tracker was built and booted, why the first was not; OutputError where the folder cannot be written
 */
export async function inTree<Row>(options: TreeOptions, tree: InTree<Row>): Promise<Rows<Row>> {
  const { kernelSource, trackers, work } = options
  if (trackers.length === 0) throw new InputError('--tracker: expected at least one')
  // Before anything takes minutes.
  for (const tracker of trackers) trackerSource(tracker)
  checkTree(kernelSource)
  checkTools(tree.arch, tree.needs)
  const made = workFolder(work)
  try {
    return await alone('--work', work, () => rowsOf(options, tree))
  } catch (error) {
    removeEmpty(made)
    throw ofWork(error, work)
  }
}

/** A kernel with a tracker in it, and what it boots into. */
export interface Bootable {
  /** Of the tracker. */
  readonly name: string
  readonly arch: Arch
  readonly built: Built
  readonly kernel: string
  readonly image: string
  /** That is kept. */
  readonly folder: string
}

/** A tracker's file, where a compiler names it: the user knows it by another name. */
const PLACE = new RegExp(`(?:[^\\s:]*/)?${TRACKER_FILE.replaceAll('.', '\\.')}`, 'g')

function underItsName(error: unknown, tracker: string): unknown {
  if (!(error instanceof InputError)) return error
  return new InputError(error.message.replaceAll(PLACE, trackerSource(tracker).path))
}

/**
 * Puts a tracker into the tree in place of the one before, and builds what changed.
 *
 * @throws InputError with the compiler's words, the tracker's file under the user's name
 */
export async function buildTracker(
  tracker: string,
  kind: KernelKind,
  truth: boolean,
  { work, signal, onStep }: TreeOptions,
): Promise<Bootable> {
  const tree = treeOf(work)
  const folder = resolve(work)
  const name = exchangeTracker(tree, tracker, truth)
  onStep?.({ tracker: name, doing: 'build' })
  const built = await buildKernel({
    tree,
    work: folder,
    kind,
    jobs: availableParallelism(),
    signal,
    onFile: (files) => onStep?.({ tracker: name, doing: 'build', files }),
  }).catch((error: unknown) => {
    throw underItsName(error, tracker)
  })
  const image = await guestImage(built.folder, kind.arch, { folder, signal })
  return { name, arch: kind.arch, built, kernel: built.kernel, image, folder }
}
