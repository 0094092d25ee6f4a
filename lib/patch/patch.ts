/** A tracker put into a kernel: its file unchanged, and the kernel edited to call it. */

import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff'
import * as z from 'zod'
import { checkOptions, kernelSourceSchema, option, optionsOf } from '../data/options.js'
import { openKernel } from '../kernel/source.js'
import { withFolder } from '../system/folder.js'
import { applyEdits } from './apply.js'
import { newFiles, TRACKER_FILE, trackerSource } from './files.js'
import { editsOf } from './one-pool.js'
import { putInto, writeChanged } from './tree.js'

export interface PatchOptions {
  /** A kernel tree, a tar of one, or a folder with linux-source-*.tar.xz. */
  readonly kernelSource: string
  /** A name of the list, or the path of a tracker's file. */
  readonly tracker: string
  /** Where the patched copy goes; without it, nothing is written. */
  readonly out?: string | undefined
  /** Whether the kernel counts what is in use a second time, to judge the tracker by. */
  readonly truth?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

export interface PatchResult {
  readonly tracker: string
  /** The kernel as it was named, and its version where one is known. */
  readonly kernel: string
  readonly version: string | null
  /** Where the tracker's file lies in the tree. */
  readonly trackerFile: string
  /** Files of the kernel that were edited, with the number of edits that found their place. */
  readonly edited: readonly { readonly path: string; readonly edits: number }[]
  /** Files that are new. */
  readonly added: readonly string[]
  /** The folder of the patched copy; null where none was asked for. */
  readonly out: string | null
  /** Files that were written there: where a copy was there already, only those that differ. */
  readonly written: readonly string[]
  /** All of it as `patch -p1` and `git apply` read it. */
  readonly diff: string
}

function diffOf(path: string, before: string | null, after: string): string {
  const [a, b] = [`a/${path}`, `b/${path}`]
  const changes = createTwoFilesPatch(
    before === null ? '/dev/null' : a,
    b,
    before ?? '',
    after,
    undefined,
    undefined,
    { headerOptions: FILE_HEADERS_ONLY },
  )
  return `diff --git ${a} ${b}\n${before === null ? 'new file mode 100644\n' : ''}${changes}`
}

const schema = optionsOf<PatchOptions>({
  kernelSource: kernelSourceSchema,
  tracker: z.string('expected a name or a path'),
  out: option.text,
  truth: option.flag,
  signal: option.signal,
})

/**
 * Puts a tracker into a kernel.
 *
 * @throws InputError for a kernel that an edit finds no place in, naming the edit, and for what cannot
 * be read or written; the signal's reason when it was aborted
 */
export async function patch(options: PatchOptions): Promise<PatchResult> {
  checkOptions(schema, options)
  const { kernelSource, out, truth = false, signal } = options
  const tracker = trackerSource(options.tracker)
  return await withFolder('patch', async (scratch) => {
    const tree = await openKernel(kernelSource, scratch, signal)
    const edited = editsOf(tree.header).map((file) => ({
      path: file.path,
      before: tree[file.of],
      ...applyEdits(tree[file.of], file, tree.name),
    }))
    const added = newFiles(tracker, truth).map((file) => ({ ...file, before: null }))
    const files = [...edited, ...added]
    return {
      tracker: tracker.name,
      kernel: tree.name,
      version: tree.version,
      trackerFile: TRACKER_FILE,
      edited: edited.map(({ path, edits: found }) => ({ path, edits: found })),
      added: added.map(({ path }) => path),
      out: out ?? null,
      written: out === undefined ? [] : await putInto({ tree, out, files, signal }),
      diff: files.map((file) => diffOf(file.path, file.before, file.text)).join(''),
    }
  })
}

/**
 * Puts another tracker into a copy that patch() has made, which costs no look at the kernel.
 *
 * @param out the folder of the copy
 * @returns the tracker's name
 * @throws InputError as patch() does for a tracker, and for a folder that cannot be written
 */
export function exchangeTracker(out: string, tracker: string, truth: boolean): string {
  const source = trackerSource(tracker)
  writeChanged(out, newFiles(source, truth))
  return source.name
}
