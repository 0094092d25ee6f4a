/** Trackers in a real kernel: built, booted, and judged by the truth. */
import { mkdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { InputError } from '../data/errors.js'
import { trackerSource } from '../patch/files.js'
import { exchangeTracker, patch } from '../patch/patch.js'
import { boot, type Machine } from './boot.js'
import { buildKernel, checkTools } from './build.js'
import type { KernelKind } from './config.js'
import { guestImage } from './image.js'
import { type Judgement, judge } from './judge.js'
import { readTold, type Told } from './told.js'

/** Beside the load, on a busy machine: a start, a build of one file's dependents. */
const BOOT_SECONDS = 180

/** What is being done. */
export interface GuestStep {
  readonly tracker: string
  readonly doing: 'patch' | 'build' | 'boot'
  /** Files compiled so far. */
  readonly files?: number
}

export interface GuestOptions {
  /** A kernel tree, a tar of one, or a folder with linux-source-*.tar.xz. */
  readonly kernelSource: string
  /** Names of the list, and paths of tracker files. */
  readonly trackers: readonly string[]
  /** A folder that is kept: with the patched tree, and a build for each kind of kernel. */
  readonly work: string
  readonly kind: KernelKind
  readonly machine: Machine
  readonly signal?: AbortSignal | undefined
  readonly onStep?: ((step: GuestStep) => void) | undefined
}

export interface GuestRow {
  readonly tracker: string
  readonly told: Told
  readonly judgement: Judgement
  readonly buildSeconds: number
  readonly bootSeconds: number
  /** Files that were compiled for it. */
  readonly files: number
}

export interface GuestResult {
  readonly kernel: string
  readonly version: string | null
  readonly kind: KernelKind
  readonly machine: Machine
  readonly rows: readonly GuestRow[]
}

/** The same for one tracker, in a tree that it was put into. */
async function buildAndBoot(tracker: string, tree: string, options: GuestOptions) {
  const { kind, machine, signal, onStep } = options
  const folder = resolve(options.work)
  onStep?.({ tracker, doing: 'build' })
  const built = await buildKernel({
    tree,
    work: folder,
    kind,
    jobs: availableParallelism(),
    signal,
    onFile: (files) => onStep?.({ tracker, doing: 'build', files }),
  })
  const image = await guestImage(built.folder, { folder, signal })
  onStep?.({ tracker, doing: 'boot' })
  const limitMs = 1000 * (BOOT_SECONDS + 20 * machine.seconds)
  const { told, wallSeconds } = await boot({
    kernel: built.kernel,
    image,
    machine,
    folder,
    limitMs,
    signal,
  })
  return {
    told,
    judgement: judge(told, kind.dynamic),
    buildSeconds: built.wallSeconds,
    bootSeconds: wallSeconds,
    files: built.files,
  }
}

async function oneRow(tracker: string, tree: string, options: GuestOptions): Promise<GuestRow> {
  const name = exchangeTracker(tree, tracker, true)
  return { tracker: name, ...(await buildAndBoot(name, tree, options)) }
}

/** What went wrong with one tracker says nothing of the others: their rows are kept. */
const failed =
  (tracker: string) =>
  (error: unknown): GuestRow => {
    if (!(error instanceof InputError)) throw error
    return {
      tracker,
      told: readTold([]),
      judgement: { verdict: 'void', why: error.message },
      buildSeconds: 0,
      bootSeconds: 0,
      files: 0,
    }
  }

function makeFolder(work: string): void {
  try {
    mkdirSync(work, { recursive: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new InputError(`--work: ${work} cannot be made (${code}); expected a place for a folder`)
  }
}

/**
 * Puts each tracker into the kernel, builds it, boots it in an emulated machine in which every mapping
 * bounces, and judges its mark by what the kernel's own probes say was in use.
 *
 * A build or a boot that failed is a row that says so.
 *
 * @throws InputError for what is missing on this machine and what a kernel has no place for; the
 * signal's reason when it was aborted
 */
export async function bootTrackers(options: GuestOptions): Promise<GuestResult> {
  const { kernelSource, trackers, work, kind, machine, signal, onStep } = options
  if (trackers.length === 0) throw new InputError('--tracker: expected at least one')
  // Before anything takes minutes.
  for (const tracker of trackers) trackerSource(tracker)
  checkTools()
  makeFolder(work)
  const tree = join(resolve(work), 'linux')
  const rows: GuestRow[] = []
  const [first = ''] = trackers
  onStep?.({ tracker: first, doing: 'patch' })
  const { kernel, version } = await patch({
    kernelSource,
    tracker: first,
    out: tree,
    truth: true,
    signal,
  })
  // One after the other: they share the tree and the build.
  for (const tracker of trackers) {
    rows.push(await oneRow(tracker, tree, options).catch(failed(tracker)))
  }
  return { kernel, version, kind, machine, rows }
}
