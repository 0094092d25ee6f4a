/** Trackers in a real kernel: built, booted, and judged by the truth. */
import { join } from 'node:path'
import * as z from 'zod'
import { InputError, OutputError } from '../data/errors.js'
import { checkOptions, option, optionsOf } from '../data/options.js'
import { withFolder } from '../system/folder.js'
import { archNames } from './arch.js'
import { boot } from './boot.js'
import { captureFolder, captureNeeds, makeDisk, saveCapture } from './capture.js'
import type { KernelKind } from './config.js'
import { type Judgement, judge } from './judge.js'
import { loaded, type Machine } from './machine.js'
import {
  type Bootable,
  buildTracker,
  inTree,
  type Rows,
  type TreeOptions,
  treeShape,
} from './prepare.js'
import { readTold, type Told } from './told.js'

/** Beside the load, on a busy machine: a start, a build of one file's dependents. */
const BOOT_SECONDS = 180

export interface GuestOptions extends TreeOptions {
  readonly kind: KernelKind
  readonly machine: Machine
  /** A folder for the traces of the boots; without it, none is kept. */
  readonly capture?: string | undefined
  /** Called after each tracker but the last with what there is so far. */
  readonly onSoFar?: ((result: GuestResult) => void) | undefined
}

/** One boot: a tracker, what its guest told, and how its mark is judged. */
export interface GuestRow {
  readonly tracker: string
  readonly told: Told
  readonly judgement: Judgement
  /** The boot's trace, as a capture's tar; null where none was asked for, kept, or worth it. */
  readonly capture: string | null
  /** Why the trace could not be written; null where it was, or was not to be. */
  readonly unwritten: string | null
  readonly buildSeconds: number
  readonly bootSeconds: number
  /** Files that were compiled for it. */
  readonly files: number
}

/** What the boots of a kernel showed, a row for each tracker. */
export interface GuestResult {
  readonly kernel: string
  readonly version: string | null
  readonly kind: KernelKind
  readonly machine: Machine
  readonly rows: readonly GuestRow[]
  /** What there is so far: the trackers that were not come to. Absent of a whole result. */
  readonly missing?: readonly string[] | undefined
}

async function bootRow(
  { name, arch, built, kernel, image, folder }: Bootable,
  { machine, capture, signal }: GuestOptions,
  scratch: string | undefined,
): Promise<GuestRow> {
  const limitMs = 1000 * (BOOT_SECONDS + 20 * machine.seconds)
  const disk = scratch === undefined ? undefined : makeDisk(scratch)
  const { told, wallSeconds } = await boot({
    arch,
    kernel,
    image,
    machine: loaded(machine, disk),
    folder,
    limitMs,
    signal,
  })
  const judgement = judge(told)
  const wanted = capture !== undefined && judgement.verdict !== 'void'
  const file = wanted ? join(capture, `${name}.tar.gz`) : null
  let unwritten: string | null = null
  if (scratch !== undefined && disk !== undefined && file !== null) {
    try {
      await saveCapture({ folder: scratch, disk, told, machine, signal }, file)
    } catch (error) {
      // The boot has been, and says what it says.
      if (!(error instanceof OutputError)) throw error
      unwritten = error.message
    }
  }
  return {
    tracker: name,
    told,
    judgement,
    capture: unwritten === null ? file : null,
    unwritten,
    buildSeconds: built.wallSeconds,
    bootSeconds: wallSeconds,
    files: built.files,
  }
}

async function oneRow(tracker: string, options: GuestOptions): Promise<GuestRow> {
  const { kind, capture, onStep } = options
  const built = await buildTracker(tracker, kind, true, options)
  onStep?.({ tracker: built.name, doing: 'boot' })
  if (capture === undefined) return await bootRow(built, options, undefined)
  return await withFolder('capture', (scratch) => bootRow(built, options, scratch))
}

/** Of a tracker that was not built, or did not boot. */
const failed = (tracker: string, why: string): GuestRow => ({
  tracker,
  told: readTold([]),
  judgement: { verdict: 'void', why },
  capture: null,
  unwritten: null,
  buildSeconds: 0,
  bootSeconds: 0,
  files: 0,
})

const schema = optionsOf<GuestOptions>({
  ...treeShape,
  kind: z.looseObject({ arch: z.enum(archNames) }, 'expected an object'),
  machine: z.looseObject({}, 'expected an object'),
  capture: option.text,
  onSoFar: option.callback,
})

/**
 * Puts each tracker into the kernel, builds it, boots it in an emulated machine in which every mapping
 * bounces, and judges its mark by what the kernel's own probes say was in use.
 *
 * A build or a boot that failed is a row that says so, where another did not.
 *
 * @throws InputError for what is missing on this machine and what a kernel has no place for; OutputError
 * where a folder cannot be written; the signal's reason when it was aborted
 */
export async function bootTrackers(options: GuestOptions): Promise<GuestResult> {
  checkOptions(schema, options)
  const { kind, machine } = options
  if (options.capture !== undefined && kind.dynamic) {
    throw new InputError('--capture: expected a pool that cannot grow, without --dynamic')
  }
  const capture = options.capture === undefined ? undefined : captureFolder(options.capture)
  const row = (tracker: string) => oneRow(tracker, { ...options, capture })
  const resultOf = ({ kernel, version, rows }: Rows<GuestRow>): GuestResult => ({
    ...{ kernel, version, kind, machine, rows },
  })
  const onRows = (soFar: Rows<GuestRow>, missing: readonly string[]) =>
    options.onSoFar?.({ ...resultOf(soFar), missing })
  const needs = capture === undefined ? [] : captureNeeds
  return resultOf(
    await inTree(options, { arch: kind.arch, needs, truth: true, row, failed, onRows }),
  )
}
