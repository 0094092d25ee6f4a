/** One trace through the port, with what is known of the kernel that recorded it. */
import {
  closeTrace,
  InputError,
  type Pace,
  type ReplayEngine,
  type ReplayOptions,
  type ReplayPlacementsOptions,
  type ReplayResult,
  type ReplayWithFiles,
  replay,
  replayPlacements,
  type TrackerName,
} from '../../index.js'
import type { KernelMark, ReplayReport } from '../../report/text/replay.js'
import type { Timeline } from '../../results/timeline.js'
import type { Tuning } from '../../results/variant.js'
import type { Io } from './io.js'
import { type LayoutFlags, layoutOf } from './layout.js'
import { MACHINE_FLAGS, type MachineFlags, machineOf, refuseFlags } from './machine.js'
import { kernelPool, type Opened, openFiles, type PoolFlags } from './open-trace.js'
import { tuningOf } from './tuning.js'

export interface ReplayFlags extends LayoutFlags, MachineFlags, PoolFlags, Tuning {
  readonly engine?: ReplayEngine
  readonly pace?: Pace
  readonly cpus?: number
  readonly seed?: number
  /** False for `--no-copy`. */
  readonly copy?: boolean
  readonly trackers?: TrackerName[]
  readonly tracker?: string[]
  readonly hiwater?: number
  readonly json?: boolean
}

/** What the virtual engine is told; without it, none of its options is expected. */
function virtualOptions(flags: ReplayFlags): ReplayOptions {
  if (flags.engine !== 'virtual') {
    refuseFlags(flags, [...MACHINE_FLAGS, 'pace', 'cpus', 'seed'], 'expected')
    if (flags.copy === false) throw new InputError('--no-copy: expected --engine virtual')
    return {}
  }
  const { engine, pace, cpus, seed, copy } = flags
  return { engine, pace, seed, copy, machine: { ...machineOf(flags), cpus } }
}

/** What is known before a trace is open, of its options. */
export function filesOptions(flags: ReplayFlags, io: Io): ReplayOptions {
  return { layout: layoutOf(flags), signal: io.signal, onProgress: io.progress }
}

function replayOptions(opened: Opened, flags: ReplayFlags, io: Io): ReplayOptions {
  return {
    trackers: flags.trackers,
    ...tuningOf(flags),
    ...virtualOptions(flags),
    ...placeOptions(opened, flags, io),
    course: flags.json,
  }
}

/** What decides where a mapping is placed. */
function placeOptions(opened: Opened, flags: ReplayFlags, io: Io): ReplayPlacementsOptions {
  const known = kernelPool(opened)
  return {
    slots: flags.slots ?? known.nslabs,
    areas: flags.areas ?? known.nareas,
    poolStart: flags.poolStart ?? known.start,
    ...filesOptions(flags, io),
  }
}

/** The kernel's own mark: from the command line, from the notes, or from probes at its counter. */
function kernelMark({ trace, meta }: Opened, flags: ReplayFlags): KernelMark | null {
  if (flags.hiwater !== undefined) return { hiwaterSlots: flags.hiwater, source: '--hiwater' }
  if (meta?.hiwaterSlots !== undefined) {
    return { hiwaterSlots: meta.hiwaterSlots, source: meta.file }
  }
  if (trace.kernelPeak !== undefined) return { hiwaterSlots: trace.kernelPeak, source: 'the trace' }
  return null
}

export async function replayTrace(
  files: readonly string[],
  flags: ReplayFlags,
  io: Io,
  replayWithFiles: ReplayWithFiles | typeof replay = replay,
  timeline?: Timeline,
): Promise<ReplayReport> {
  const opened = await openFiles(files, flags, io)
  try {
    return await reportOf(
      opened,
      flags,
      await replayWithFiles(opened.trace, { ...replayOptions(opened, flags, io), timeline }),
    )
  } finally {
    closeTrace(opened.trace)
  }
}

function reportOf(opened: Opened, flags: ReplayFlags, result: ReplayResult): ReplayReport {
  const { trace, meta } = opened
  const kernel = kernelMark(opened, flags)
  const { nslabs = result.pool.nslabs, nareas = result.pool.nareas } = kernelPool(opened)
  const samePool = nslabs === result.pool.nslabs && nareas === result.pool.nareas
  // What lies elsewhere is in the kernel's counter too, if it is another pool of the same allocator.
  const whole =
    trace.lost.events === 0 && trace.lost.reasons.length === 0 && trace.elsewhere.length === 0
  return {
    ...result,
    meta: meta?.file ?? null,
    kernel,
    // Virtual time has an order of its own, and so a peak of its own.
    sameAsKernel:
      kernel && samePool && whole && !result.machine
        ? result.peakSlots === kernel.hiwaterSlots
        : null,
  }
}

/** The lines of `--placements`, some thousands at a time. */
export async function* placementsOf(
  files: readonly string[],
  flags: ReplayFlags,
  io: Io,
): AsyncGenerator<string[]> {
  const opened = await openFiles(files, flags, io)
  const tracker = flags.trackers?.[0]
  try {
    yield* replayPlacements(opened.trace, {
      ...placeOptions(opened, flags, io),
      ...(tracker && { tracker }),
    })
  } finally {
    closeTrace(opened.trace)
  }
}
