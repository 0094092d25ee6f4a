/** What stands before a boot: the patched tree, and a kernel built for one tracker after another. */
import { mkdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { InputError } from '../data/errors.js'
import { trackerSource } from '../patch/files.js'
import { exchangeTracker, type PatchResult, patch } from '../patch/patch.js'
import { type Built, buildKernel, checkTools } from './build.js'
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

/** Where the patched tree lies in the folder that is kept. */
export const treeOf = (work: string): string => join(resolve(work), 'linux')

function makeFolder(work: string): void {
  try {
    mkdirSync(work, { recursive: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new InputError(`--work: ${work} cannot be made (${code}); expected a place for a folder`)
  }
}

/**
 * Makes the patched tree, or finds it, with the first tracker in it.
 *
 * @param truth whether the kernel counts what is in use a second time
 * @throws InputError for what is missing on this machine and what a kernel has no place for
 */
export async function openTree(options: TreeOptions, truth: boolean): Promise<PatchResult> {
  const { kernelSource, trackers, work, signal, onStep } = options
  const [first] = trackers
  if (first === undefined) throw new InputError('--tracker: expected at least one')
  // Before anything takes minutes.
  for (const tracker of trackers) trackerSource(tracker)
  checkTools()
  makeFolder(work)
  onStep?.({ tracker: first, doing: 'patch' })
  return await patch({ kernelSource, tracker: first, out: treeOf(work), truth, signal })
}

/** A kernel with a tracker in it, and what it boots into. */
export interface Bootable {
  /** Of the tracker. */
  readonly name: string
  readonly built: Built
  readonly kernel: string
  readonly image: string
  /** That is kept. */
  readonly folder: string
}

/**
 * Puts a tracker into the tree in place of the one before, and builds what changed.
 *
 * @throws InputError with the compiler's words
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
  })
  const image = await guestImage(built.folder, { folder, signal })
  return { name, built, kernel: built.kernel, image, folder }
}
