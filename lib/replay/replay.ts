/** A recorded trace through the allocator, under each tracker. */
import { closeSync, readSync } from 'node:fs'
import { InputError, oneOf } from '../data/errors.js'
import type { TrackerName } from '../data/trackers.generated.js'
import { SLOT_BYTES } from '../data/units.js'
import { judge, withUnplaced } from '../measure/verdict.js'
import type { NativeAccuracy } from '../native/accuracy.js'
import { type NativeOperations, type NativeReplay, runNative } from '../native/native.js'
import {
  loadedTrackers,
  nativeVariant,
  poolAt,
  promiseOf,
  resolveLayout,
  resolveTrackers,
} from '../native/plan.js'
import { promiseOfBounds, traitsOf } from '../native/traits.js'
import {
  type ReplayedRow,
  type ReplayOptions,
  type ReplayResult,
  replayEngines,
} from '../results/replay.js'
import type { AnyTracker } from '../results/variant.js'
import { adjustSize, checkPoolMemory } from '../scenario/resolve.js'
import { OperationKind, type OperationStore, openNameless, type Trace } from '../trace/index.js'
import { badOperation } from './bad-operation.js'
import { predictReplay } from './virtual.js'

const DEFAULT_START = 0x40000000n
const DEFAULT_SAMPLE_EVERY = 1000

interface ReplayPool {
  readonly slots: number
  readonly areas: number
  readonly start: bigint
}

/** The pool of the trace, or what the caller says instead; what is missing is an error. */
function poolOf(trace: Trace, options: ReplayOptions): ReplayPool {
  const slots = options.slots ?? trace.pool.nslabs
  const areas = options.areas ?? trace.pool.nareas
  const start = options.poolStart ?? trace.pool.start ?? DEFAULT_START
  if (slots === undefined) {
    throw new InputError(
      `${trace.file}: does not say how large the pool is; give its slots (--slots). On the machine, ` +
        '/sys/kernel/debug/swiotlb/io_tlb_nslabs holds them, and so does the line "software IO TLB: ' +
        'mapped [mem 0x..-0x..] (64MB)" of dmesg: 512 slots for each MB',
    )
  }
  if (areas === undefined) {
    throw new InputError(
      `${trace.file}: does not say how many areas the pool has; give them (--areas). On the machine, ` +
        'the line "software IO TLB: area num 8." of dmesg says it; without that line it is one',
    )
  }
  if (!Number.isSafeInteger(slots) || slots < 1 || slots > 2 ** 30) {
    throw new InputError(`slots: expected a whole number from 1 to ${2 ** 30}, not ${slots}`)
  }
  if (!Number.isSafeInteger(areas) || areas < 1 || areas > 65536) {
    throw new InputError(`areas: expected a whole number from 1 to 65536, not ${areas}`)
  }
  if (start < 0n || start % 4096n !== 0n || start >= 1n << 63n) {
    throw new InputError(`pool start: expected a page aligned address below 2^63`)
  }
  // A pool that the kernel rounds otherwise can have no such trace; one area may have any size.
  const rounded = adjustSize(slots, areas)
  if (areas > 1 && (rounded.slots !== slots || rounded.areas !== areas)) {
    throw new InputError(
      `slots, areas: ${slots},${areas} is no pool that the kernel makes; it would be ` +
        `${rounded.slots},${rounded.areas}`,
    )
  }
  checkPoolMemory('slots', slots, false)
  return { slots, areas, start }
}

/** The operations, as the engine takes them. */
function nativeOperations(operations: OperationStore): NativeOperations {
  const operationsFile = operations.file()
  if (operationsFile !== undefined) return { operationsFile, operationsCount: operations.length }
  return { operations: operations.load().buffer, operationsFile: null }
}

async function replayOne(
  trace: Trace,
  pool: ReplayPool,
  tracker: AnyTracker,
  options: ReplayOptions,
  part: { readonly from: number; readonly share: number; readonly placementsFile?: number },
): Promise<NativeReplay> {
  const result = await runNative(
    {
      ...nativeOperations(trace.operations),
      kind: 'replay',
      pool: poolAt(pool.slots, pool.areas, pool.start, options.grow),
      variant: nativeVariant(tracker, resolveLayout(options.layout), pool.slots, options),
      sampleEvery: options.sampleEvery ?? DEFAULT_SAMPLE_EVERY,
      trail: false,
      placementsFile: part.placementsFile ?? null,
      hashEvery: 0,
    },
    {
      signal: options.signal,
      onProgress: (done) =>
        options.onProgress?.({
          phase: `replay under ${tracker}`,
          done: part.from + part.share * done,
        }),
    },
  )
  if (result.badOperation !== null) throw badOperation(trace, pool, result.badOperation)
  return result
}

/** How often the search chose the slot that the trace names. */
function placementOf({ expected, misplaced }: NativeReplay): ReplayResult['placement'] {
  return expected === 0
    ? null
    : { checked: expected, same: expected - misplaced, different: misplaced }
}

/** What a replay adds to the trace: by whatever engine. */
type Replayed = Pick<
  ReplayResult,
  'machine' | 'placement' | 'broken' | 'warnings' | 'peakSlots' | 'resets'
> & {
  readonly rows: readonly ReplayedRow[]
  /** Its demand knows of the maps that failed in the trace only where they have a place in time. */
  readonly accuracy: NativeAccuracy
}

/** One operation after another, so the peak is exact for their order. */
async function replaySerially(
  trace: Trace,
  pool: ReplayPool,
  trackers: readonly AnyTracker[],
  options: ReplayOptions,
): Promise<Replayed> {
  const share = 1 / trackers.length
  const rows: ReplayedRow[] = []
  let first: NativeReplay | undefined
  let broken: string | null = null
  for (const [i, tracker] of trackers.entries()) {
    const result = await replayOne(trace, pool, tracker, options, {
      from: i * share,
      share,
    })
    const { hiwater, unmarked, truthLow, truthHigh, ...bounds } = result.accuracy
    const {
      errorSlots,
      verdict,
      promiseKept,
      bounds: promised,
    } = judge('serial', {
      reported: unmarked ? null : hiwater,
      truth: { low: truthLow, high: truthHigh },
      ...bounds,
    })
    first ??= result
    broken ??= result.accuracy.broken
    rows.push({
      tracker,
      promise: promiseOf(tracker) || promiseOfBounds(promised),
      reportedSlots: unmarked ? null : withUnplaced(hiwater, trace.unplacedBefore),
      errorSlots,
      verdict,
      promiseKept,
    })
  }
  const { accuracy, ...done } = first as NativeReplay
  return {
    rows,
    accuracy,
    peakSlots: accuracy.truthHigh,
    placement: placementOf(first as NativeReplay),
    resets: (first as NativeReplay).resets,
    broken,
    warnings: notes(done, broken),
  }
}

/** Each CPU's operations on a virtual CPU: what has no place in that order is left out. */
async function replayVirtually(
  trace: Trace,
  pool: ReplayPool,
  trackers: readonly AnyTracker[],
  options: ReplayOptions,
): Promise<Replayed> {
  const native = poolAt(pool.slots, pool.areas, pool.start, options.grow)
  const { machine, rows, off, resets, broken, warnings } = await predictReplay(
    trace,
    native,
    trackers,
    options,
  )
  return {
    machine,
    rows,
    accuracy: off.accuracy,
    peakSlots: off.truth,
    resets,
    placement: null,
    broken,
    warnings: broken === null ? warnings : [...warnings, brokenWords(broken)],
  }
}

/**
 * Replays a trace: the operations one after another, or in virtual time.
 *
 * Slots that were in use before the trace began and of which no address is known cannot be placed;
 * they are added to what is reported.
 *
 * @throws InputError when the pool is unknown or impossible, or an option makes no sense; the
 *   signal's reason when it was aborted
 */
export async function replay(trace: Trace, options: ReplayOptions = {}): Promise<ReplayResult> {
  const pool = poolOf(trace, options)
  const trackers = options.trackers
    ? resolveTrackers(options.trackers, loadedTrackers())
    : resolveTrackers()
  const engine = oneOf('engine', options.engine ?? 'serial', replayEngines)
  const run = engine === 'virtual' ? replayVirtually : replaySerially
  const { accuracy, rows, peakSlots, warnings, resets, ...replayed } = await run(
    trace,
    pool,
    trackers,
    options,
  )
  const extra = trace.unplacedBefore
  return {
    trace: {
      file: trace.file,
      format: trace.format,
      layout: trace.layout,
      events: trace.events,
      lost: trace.lost,
      direct: trace.direct,
      unfinished: trace.unfinished,
      unused: trace.unused,
    },
    elsewhere: trace.elsewhere.map((part) => ({
      ...part,
      from: `0x${part.from.toString(16)}`,
      to: `0x${part.to.toString(16)}`,
    })),
    pool: {
      nslabs: pool.slots,
      nareas: pool.areas,
      start: `0x${pool.start.toString(16)}`,
      bytes: pool.slots * SLOT_BYTES,
    },
    maps: accuracy.maps,
    unmaps: accuracy.unmaps,
    resets,
    rows: rows.map((row) => ({
      ...row,
      endedByReset: resets > 0 && traitsOf(row.tracker).until.includes('reset'),
    })),
    failedMaps: accuracy.failedMaps + trace.failedMaps,
    failedSlots: accuracy.failedSlots + trace.failedSlots,
    usedBefore: trace.usedBefore,
    usedAfter: accuracy.used + extra,
    peakSlots: peakSlots + extra,
    peakBounds: trace.peakBounds
      ? { low: trace.peakBounds.low, high: trace.peakBounds.high ?? null }
      : null,
    demandPeakSlots: accuracy.demandPeak + extra,
    kernelPeakSlots: trace.kernelPeak ?? null,
    bufferFull:
      accuracy.full > 0
        ? {
            count: accuracy.full,
            sizeBytes: accuracy.fullSize,
            totalSlots: accuracy.fullTotal,
            usedSlots: accuracy.fullUsed,
          }
        : null,
    ...replayed,
    warnings: [...trace.warnings, ...warnings],
  }
}

const brokenWords = (broken: string): string => `the allocator's invariants are broken: ${broken}`

function notes(done: Omit<NativeReplay, 'accuracy'>, broken: string | null): string[] {
  const warnings: string[] = []
  if (done.misplaced > 0) {
    warnings.push(
      `for ${done.misplaced} maps the search chose another place than the kernel's; they were made where the kernel had them` +
        (done.unmovable > 0 ? `, but for ${done.unmovable}, whose place was taken` : ''),
    )
  }
  if (broken !== null) warnings.push(brokenWords(broken))
  return warnings
}

/** Bytes of one operation's placement. */
const PLACEMENT_BYTES = 20

/** What stands in the file for the operations of a piece, which begins with operation `from`. */
function readPlacements(fd: number, from: number, count: number): Int32Array {
  const places = new Int32Array(5 * count)
  const bytes = new Uint8Array(places.buffer)
  for (let done = 0; done < bytes.length; ) {
    const got = readSync(fd, bytes, done, bytes.length - done, from * PLACEMENT_BYTES + done)
    if (got === 0) throw new Error('a temporary file became shorter')
    done += got
  }
  return places
}

/**
 * Where each mapping of a trace was placed, as lines, some thousands at a time: for each map
 * `id slot nslots offset pad pool` (`id -1 0 0 0 0` when it failed), for each unmap `id u nslots`,
 * and at the end `used N`, `hiwater N`, `full N`.
 */
export async function* replayPlacements(
  trace: Trace,
  options: ReplayOptions & { readonly tracker?: TrackerName } = {},
): AsyncGenerator<string[]> {
  const pool = poolOf(trace, options)
  const placementsFile = openNameless()
  try {
    const { accuracy } = await replayOne(trace, pool, options.tracker ?? 'global-atomic', options, {
      from: 0,
      share: 1,
      placementsFile,
    })
    let from = 0
    for (const piece of trace.operations.pieces()) {
      const places = readPlacements(placementsFile, from, piece.length)
      const lines: string[] = []
      for (let i = 0; i < piece.length; i++) {
        const kind = piece.kind(i)
        const placed = places.subarray(5 * i, 5 * i + 5)
        if (kind === OperationKind.map) lines.push(`${piece.id(i)} ${placed.join(' ')}`)
        else if (kind === OperationKind.unmap) lines.push(`${piece.id(i)} u ${placed[1]}`)
      }
      from += piece.length
      yield lines
    }
    yield [`used ${accuracy.used}`, `hiwater ${accuracy.hiwater}`, `full ${accuracy.full}`]
  } finally {
    closeSync(placementsFile)
  }
}
