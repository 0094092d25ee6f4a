/** Operations one after another through the port, in a pool of any size. */
import { readSync } from 'node:fs'
import { InputError, wholeNumber } from '../data/errors.js'
import { nativeVariant, poolAt } from '../native/inputs.js'
import { resolveLayout } from '../native/layout.js'
import type { NativeOperations, NativeReplay, NativeTimes } from '../native/plans/replay.js'
import { type NativeOptions, runNative } from '../native/run.js'
import type { AnyTracker, Layout, Tuning } from '../results/variant.js'
import { adjustSize, checkPoolMemory } from '../scenario/resolve.js'
import {
  loadNumbers,
  OPERATION_BYTES,
  type OperationNumbers,
  type OperationStore,
} from '../trace/index.js'
import type { Looks } from './looks.js'

/** A pool of the kernel's: `start` is the bus address of slot 0. */
export interface PoolPlace {
  readonly slots: number
  readonly areas: number
  readonly start: bigint
}

/**
 * Whether the kernel makes such a pool, and this machine has the memory to run it.
 *
 * @throws InputError that names the field
 */
export function checkPool({ slots, areas, start }: PoolPlace): void {
  wholeNumber('slots', slots, 1, 2 ** 30)
  wholeNumber('areas', areas, 1, 65536)
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
}

export interface PoolRunOptions extends NativeOptions, Tuning, Partial<Looks> {
  readonly layout?: Partial<Layout> | undefined
  /** Grow when there is no room, as a kernel with SWIOTLB_DYNAMIC. */
  readonly grow?: boolean | undefined
  /** A file to which each operation's placement is written. */
  readonly placementsFile?: number | undefined
  /** Note the course of the run. */
  readonly course?: boolean | undefined
  /** Only so many operations, from the first on; in memory is what each of them left behind. */
  readonly trailOf?: number | undefined
}

/** The operations, as the engine takes them. */
function nativeOperations(operations: OperationStore, count: number): NativeOperations {
  const operationsFile = operations.file()
  if (operationsFile !== undefined) return { operationsFile, operationsCount: count }
  const { buffer } = operations.load()
  const whole = count === operations.length
  return {
    operations: whole ? buffer : buffer.slice(0, count * OPERATION_BYTES),
    operationsFile: null,
  }
}

/** Their times, likewise. */
const nativeTimes = (times: OperationNumbers | undefined, count: number): NativeTimes => {
  const atFile = times === undefined || times instanceof Float64Array ? undefined : times.file()
  if (atFile !== undefined) return { at: null, atFile }
  return { at: times ? loadNumbers(times).subarray(0, count) : null, atFile: null }
}

/**
 * Runs operations under a tracker. `badOperation` of the result is to be looked at: nothing behind
 * such an operation was done.
 *
 * @throws InputError for a tuning that makes no sense; the signal's reason when it was aborted
 */
export function runInPool(
  operations: OperationStore,
  pool: PoolPlace,
  tracker: AnyTracker,
  {
    layout,
    grow,
    placementsFile,
    course,
    trailOf,
    signal,
    onProgress,
    ...more
  }: PoolRunOptions = {},
): Promise<NativeReplay> {
  const count = trailOf ?? operations.length
  const { times, sampleEvery = 0, samplePeriodNs = 0, ...tuning } = more
  return runNative(
    {
      ...nativeOperations(operations, count),
      ...nativeTimes(times, count),
      kind: 'replay',
      pool: poolAt(pool.slots, pool.areas, pool.start, grow),
      variant: nativeVariant(tracker, resolveLayout(layout), pool.slots, tuning),
      sampleEvery,
      samplePeriodNs,
      trail: trailOf !== undefined,
      course: course ?? false,
      placementsFile: placementsFile ?? null,
      hashEvery: 0,
      copies: false,
    },
    { signal, onProgress },
  )
}

/** Numbers of one operation's placement: slot, slots, byte offset, pad slots, pool. */
export const PLACEMENT_WORDS = 5

/** What stands in a file of placements for `count` operations from `from` on. */
export function readPlacements(fd: number, from: number, count: number): Int32Array {
  const places = new Int32Array(PLACEMENT_WORDS * count)
  const bytes = new Uint8Array(places.buffer)
  const begin = from * PLACEMENT_WORDS * places.BYTES_PER_ELEMENT
  for (let done = 0; done < bytes.length; ) {
    const got = readSync(fd, bytes, done, bytes.length - done, begin + done)
    if (got === 0) throw new Error('a temporary file became shorter')
    done += got
  }
  return places
}
