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

/** What was changed in a copy of a kernel. */
export interface PatchResult {
  readonly tracker: string
  /** The kernel as it was named, and its version where one is known. */
  readonly kernel: string
  readonly version: string | null
  /** Where the tracker's file lies in the tree. */
  readonly trackerFile: string
  /** Files of the kernel that were edited: the edits that found their place, and the diff's lines. */
  readonly edited: readonly {
    readonly path: string
    readonly edits: number
    readonly added: number
    readonly removed: number
  }[]
  /** Files that are new. */
  readonly added: readonly string[]
  /** What the diff changes; all that a maintainer would read. */
  readonly lines: { readonly files: number; readonly added: number; readonly removed: number }
  /** Of what is added, the tracker's own. */
  readonly trackerLines: { readonly files: number; readonly added: number }
  /** The folder of the patched copy; null where none was asked for. */
  readonly out: string | null
  /** Files that were written there: where a copy was there already, only those that differ. */
  readonly written: readonly string[]
  /** All of it as `patch -p1` and `git apply` read it. */
  readonly diff: string
}

/** Lines around a change, as many as git has. */
const CONTEXT = 3
/** Of a line that begins something at the left: no label. */
const BEGINS = /^[A-Za-z_$](?!\w*:\s*$)/
/** As much as git shows of it. */
const NAME_CHARS = 80

/** In the head of each hunk the line above it that begins a function or a structure, as git has it. */
function withNames(diff: string, before: string): string {
  const lines = before.split('\n')
  return diff.replace(/^@@ -(\d+).* @@$/gm, (head, first: string) => {
    const name = lines.slice(0, Number(first) - 1).findLast((line) => BEGINS.test(line))
    return name === undefined ? head : `${head} ${name.slice(0, NAME_CHARS).trimEnd()}`
  })
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
    { context: CONTEXT, headerOptions: FILE_HEADERS_ONLY },
  )
  const named = before === null ? changes : withNames(changes, before)
  return `diff --git ${a} ${b}\n${before === null ? 'new file mode 100644\n' : ''}${named}`
}

/** Behind the head of each file, which the first @@ ends. */
const changedLines = (diff: string, sign: '+' | '-'): number =>
  diff
    .slice(diff.indexOf('\n@@'))
    .split('\n')
    .filter((line) => line.startsWith(sign)).length

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
    const diffs = files.map((file) => diffOf(file.path, file.before, file.text))
    const count = (of: readonly string[], sign: '+' | '-'): number =>
      of.reduce((sum, diff) => sum + changedLines(diff, sign), 0)
    const ownFiles = 1 + tracker.parts.length
    const own = diffs.slice(edited.length, edited.length + ownFiles)
    return {
      tracker: tracker.name,
      kernel: tree.name,
      version: tree.version,
      trackerFile: TRACKER_FILE,
      edited: edited.map(({ path, edits: found }, i) => {
        const diff = diffs[i] ?? ''
        return {
          path,
          edits: found,
          added: changedLines(diff, '+'),
          removed: changedLines(diff, '-'),
        }
      }),
      added: added.map(({ path }) => path),
      lines: { files: files.length, added: count(diffs, '+'), removed: count(diffs, '-') },
      trackerLines: { files: ownFiles, added: count(own, '+') },
      out: out ?? null,
      written: out === undefined ? [] : await putInto({ tree, out, files, signal }),
      diff: diffs.join(''),
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
