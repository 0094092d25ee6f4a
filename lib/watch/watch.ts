/** Reads a pool's counters at a period, for as long as is asked. */
import { writeFile } from 'node:fs/promises'
import { release } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import * as z from 'zod'
import { familyOf, parseVersion } from '../boot/family.js'
import { InputError, toInputError } from '../data/errors.js'
import { DEBUGFS_SWIOTLB, readCounters, restrictedPools } from '../debugfs/counters.js'
import type { WatchSample } from '../results/watch.js'
import { whyNoPool } from './no-pool.js'
import { Observer } from './observe.js'
import { writeMetrics } from './open-metrics.js'

export const MIN_PERIOD_MS = 10
const MAX_PERIOD_MS = 86_400_000
const HOUR_MS = 3_600_000
/** A timer of Node takes no more at once. */
const MAX_DELAY_MS = 2 ** 31 - 1

/** What time it is; another one makes an hour pass at once. */
export interface WatchClock {
  /** ms, which never go back. */
  now(): number
  date(): Date
  /** Ends when `ms` have passed; rejects when the signal is aborted. */
  pass(ms: number, signal: AbortSignal | undefined): Promise<void>
}

const realClock: WatchClock = {
  now: () => performance.now(),
  date: () => new Date(),
  pass: (ms, signal) =>
    delay(Math.min(ms, MAX_DELAY_MS), undefined, signal === undefined ? {} : { signal }),
}

const ms = (least: number) =>
  z
    .number('expected milliseconds')
    .min(least, `expected at least ${least} ms`)
    .max(MAX_PERIOD_MS * 366, 'expected at most a year')

const schema = z.strictObject({
  folder: z.string('expected a folder').min(1, 'expected a folder').default(DEBUGFS_SWIOTLB),
  pool: z
    .string('expected the name of a pool')
    .regex(/^[^/\0]+$/, 'expected the name of a folder in that of all pools')
    .refine((name) => name !== '.' && name !== '..', 'expected the name of a folder')
    .optional(),
  periodMs: ms(MIN_PERIOD_MS).max(MAX_PERIOD_MS, 'expected at most a day').default(1000),
  windowMs: ms(MIN_PERIOD_MS).default(HOUR_MS),
  count: z.int('expected whole looks').min(1, 'expected at least 1').optional(),
  durationMs: ms(0).optional(),
  reset: z.boolean('expected true or false').default(false),
  openMetrics: z.string('expected a file').min(1, 'expected a file').optional(),
})

export interface WatchOptions {
  /** Default: /sys/kernel/debug/swiotlb. */
  readonly folder?: string | undefined
  /** A restricted pool, by the name of its folder in that one. */
  readonly pool?: string | undefined
  /** Between two looks, ms; 1000. */
  readonly periodMs?: number | undefined
  /** How long a growth must last to be called a leak, ms; an hour, and never less than 60 periods. */
  readonly windowMs?: number | undefined
  /** So many looks, and no more. */
  readonly count?: number | undefined
  /** For so long, ms. */
  readonly durationMs?: number | undefined
  /** Sets the kernel's mark to 0 behind the first look. */
  readonly reset?: boolean | undefined
  /** A file that each look replaces, for node_exporter's textfile collector. */
  readonly openMetrics?: string | undefined
  /** Ends it; that is no error. */
  readonly signal?: AbortSignal | undefined
  readonly clock?: WatchClock | undefined
}

/* From 7.3 on a mark of 0 may be none; only of the running kernel its version is known. */
function mayNotTrack(folder: string): boolean | undefined {
  if (folder !== DEBUGFS_SWIOTLB) return undefined
  const version = parseVersion(release())
  return version && familyOf(version) === '7.3'
}

async function resetMark(folder: string): Promise<void> {
  const file = join(folder, 'io_tlb_used_hiwater')
  try {
    // Never made: where it is not, there is no mark.
    await writeFile(file, '0', { flag: 'r+' })
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new InputError(
      `reset: ${file} cannot be set to 0 (${reason}); it takes root and Linux 6.4`,
    )
  }
}

/**
 * Looks at the counters of one pool again and again. Without count, duration and signal it never
 * ends. What cannot be read is no error, but told in the sample.
 *
 * @throws InputError for options that make no sense, and files that cannot be written
 */
export async function* watch(options: WatchOptions = {}): AsyncGenerator<WatchSample, void> {
  const { signal, clock = realClock, ...rest } = options
  const checked = schema.safeParse(rest)
  if (!checked.success) throw toInputError(schema, checked.error, 'watch')
  const { folder, pool, periodMs, windowMs, count, durationMs, reset, openMetrics } = checked.data
  const place = pool === undefined ? folder : join(folder, pool)
  const observer = new Observer({
    pool: pool ?? 'default',
    others: await restrictedPools(place),
    windowMs,
    periodMs,
    mayNotTrack: mayNotTrack(folder),
  })
  // Only of the running kernel is the command line known; a device may have a pool whatever that says.
  const why = folder === DEBUGFS_SWIOTLB && pool === undefined ? await whyNoPool() : undefined
  const start = clock.now()
  const end = durationMs === undefined ? Number.POSITIVE_INFINITY : start + durationMs
  let due = start
  for (let looks = 1; !signal?.aborted; looks++) {
    const sample = observer.look(await readCounters(place, why), clock.now(), clock.date())
    if (openMetrics !== undefined) writeMetrics(openMetrics, sample)
    if (reset && looks === 1) await resetMark(place)
    yield sample
    if (looks === count) return
    // Looks that were missed, as while the machine slept, are not made up for.
    due = Math.max(due + periodMs, due + periodMs * Math.floor((clock.now() - due) / periodMs))
    if (due > end) return
    try {
      await clock.pass(Math.max(0, due - clock.now()), signal)
    } catch (error) {
      if (signal?.aborted) return
      throw error
    }
  }
}
