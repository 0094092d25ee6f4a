/** Trackers in a real kernel: built, booted, and judged by the truth. */
import * as z from 'zod'
import { checkOptions, optionsOf } from '../data/options.js'
import { boot } from './boot.js'
import type { KernelKind } from './config.js'
import { type Judgement, judge } from './judge.js'
import { loaded, type Machine } from './machine.js'
import { buildTracker, inTree, type TreeOptions, treeShape } from './prepare.js'
import { readTold, type Told } from './told.js'

/** Beside the load, on a busy machine: a start, a build of one file's dependents. */
const BOOT_SECONDS = 180

export interface GuestOptions extends TreeOptions {
  readonly kind: KernelKind
  readonly machine: Machine
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

async function oneRow(tracker: string, options: GuestOptions): Promise<GuestRow> {
  const { kind, machine, signal, onStep } = options
  const { name, built, kernel, image, folder } = await buildTracker(tracker, kind, true, options)
  onStep?.({ tracker: name, doing: 'boot' })
  const limitMs = 1000 * (BOOT_SECONDS + 20 * machine.seconds)
  const { told, wallSeconds } = await boot({
    kernel,
    image,
    machine: loaded(machine),
    folder,
    limitMs,
    signal,
  })
  return {
    tracker: name,
    told,
    judgement: judge(told, kind.dynamic),
    buildSeconds: built.wallSeconds,
    bootSeconds: wallSeconds,
    files: built.files,
  }
}

/** Of a tracker that was not built, or did not boot. */
const failed = (tracker: string, why: string): GuestRow => ({
  tracker,
  told: readTold([]),
  judgement: { verdict: 'void', why },
  buildSeconds: 0,
  bootSeconds: 0,
  files: 0,
})

const schema = optionsOf<GuestOptions>({
  ...treeShape,
  kind: z.looseObject({}, 'expected an object'),
  machine: z.looseObject({}, 'expected an object'),
})

/**
 * Puts each tracker into the kernel, builds it, boots it in an emulated machine in which every mapping
 * bounces, and judges its mark by what the kernel's own probes say was in use.
 *
 * A build or a boot that failed is a row that says so, where another did not.
 *
 * @throws InputError for what is missing on this machine and what a kernel has no place for; the
 * signal's reason when it was aborted
 */
export async function bootTrackers(options: GuestOptions): Promise<GuestResult> {
  checkOptions(schema, options)
  const { kind, machine } = options
  const row = (tracker: string) => oneRow(tracker, options)
  const { kernel, version, rows } = await inTree(options, { truth: true, row, failed })
  return { kernel, version, kind, machine, rows }
}
