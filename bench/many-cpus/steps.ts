/** One step of the series: so many CPUs calibrated, timed and predicted; and what there is of a series. */
import {
  type Calibration,
  type Comparison,
  calibrate,
  compare,
  type ScenarioInput,
} from 'swiotlb-lab'
import type { CalibratedStep, Step } from './result.js'

const TRACKERS = ['off', 'global-atomic', 'per-area', 'reserve', 'epochs'] as const
const PREDICTED_STEPS = 200_000
const ROUNDS = { full: 100, quick: 8 } as const
const CALIBRATION_ROUNDS = { full: 40, quick: 20 } as const

/** An area for each CPU, a line or more to itself: what is shared is the tracker's. */
const LAYOUT = { areaLayout: 'padded' } as const

function scenario(cpus: number, quick: boolean): ScenarioInput {
  // A pool has a power of two of areas.
  const areas = 2 ** Math.ceil(Math.log2(Math.max(cpus, 2)))
  return {
    name: `many-cpus-${cpus}`,
    pool: { slots: areas * 1024, areas },
    cpus,
    workload: { sizes: [{ bytes: 4096 }], inFlight: 16 },
    steps: Math.max(1000 * cpus, 1000),
    timing: {
      threads: cpus,
      placement: 'neighbours',
      rounds: ROUNDS[quick ? 'quick' : 'full'],
      sliceMs: quick ? 1.5 : 3,
      latencyRounds: 0,
    },
  }
}

type Timed = Pick<Comparison, 'rows' | 'timing' | 'timingNoCopy' | 'warnings'>

const BARE = 'without copies: '

/**
 * What one comparison with copies says of them, and of the same without. A warning that both have is
 * told with the copies.
 */
export function stepOf(
  cpus: number,
  copy: boolean,
  measured: Timed,
  predicted: Pick<Comparison, 'rows'>,
): Step {
  const timing = copy ? measured.timing : measured.timingNoCopy
  if (timing === null) throw new Error(`${cpus} threads: nothing was timed`)
  const bare = (words: string): boolean => words.startsWith(BARE)
  const side = copy ? 'throughput' : 'throughputNoCopy'
  return {
    cpus,
    copy,
    pinned: timing.pinned,
    realtime: timing.realtime,
    dropped: timing.dropped,
    stolen: timing.stolen,
    noise: timing.noise,
    line: timing.line?.regimes[0] ?? null,
    warnings: copy
      ? measured.warnings.filter((words) => !bare(words))
      : measured.warnings.filter(bare).map((words) => words.slice(BARE.length)),
    trackers: TRACKERS.map((tracker) => {
      const row = measured.rows.find((one) => one.tracker === tracker)
      const timed = row?.[side]
      const told = predicted.rows.find((one) => one.tracker === tracker)?.[side]
      return {
        tracker,
        measured: timed
          ? {
              ns: timed.nsPerPair.median,
              meanNs: timed.mean?.nsPerPair.median ?? null,
              vsOff: timed.vsOff,
            }
          : null,
        predicted: told ? { ns: told.nsPerPair.median, vsOff: told.vsOff.ratio } : null,
        dropped: (copy ? row?.slices : row?.slicesNoCopy)?.dropped ?? null,
      }
    }),
  }
}

interface Made {
  readonly calibrated: CalibratedStep
  readonly steps: readonly Step[]
  /** What to be careful about in the calibration, in words. */
  readonly warnings: readonly string[]
}

function calibratedOf(cpus: number, { model, moves }: Calibration): CalibratedStep {
  return {
    cpus,
    moves: moves.map(({ cpus: pair, distance, ns }) => ({ cpus: pair, distance, ns })),
    model,
  }
}

/**
 * Calibrated is right before it is timed, and between the CPUs that are timed: a host changes what a
 * line costs, and between more CPUs it moves further.
 */
export async function makeStep(
  count: number,
  all: readonly number[],
  quick: boolean,
  signal: AbortSignal,
): Promise<Made> {
  const rounds = CALIBRATION_ROUNDS[quick ? 'quick' : 'full']
  const calibration = await calibrate({ rounds, cpus: all.slice(0, Math.max(count, 2)), signal })
  const input = scenario(count, quick)
  const run = { trackers: TRACKERS, layout: LAYOUT, signal }
  const measured = await compare(input, run)
  const predicted = await compare(
    { ...input, steps: Math.min(5000 * count, PREDICTED_STEPS) },
    { ...run, engine: 'virtual', machine: { costModel: calibration.model } },
  )
  return {
    calibrated: calibratedOf(count, calibration),
    steps: [false, true].map((copy) => stepOf(count, copy, measured, predicted)),
    warnings: [...calibration.warnings, ...calibration.contradictions],
  }
}

/** What there is of a series. */
export interface Series<T> {
  readonly made: readonly T[]
  readonly missing: readonly number[]
  /** Why some are missing, where that is no lack of time. */
  readonly error: Error | null
}

/**
 * Makes one after another, for as long as there is time. What ends it ends with what was made before.
 *
 * @throws what `make` throws at the first, as there is nothing to keep
 */
export async function inSteps<T>(
  counts: readonly number[],
  late: () => boolean,
  make: (count: number) => Promise<T>,
): Promise<Series<T>> {
  const made: T[] = []
  for (const [i, count] of counts.entries()) {
    const missing = counts.slice(i)
    if (i > 0 && late()) return { made, missing, error: null }
    try {
      made.push(await make(count))
    } catch (error) {
      if (i === 0) throw error
      return { made, missing, error: error as Error }
    }
  }
  return { made, missing: [], error: null }
}

/** 0 of a series that is whole; 1 where something is missing, whatever the reason. */
export const exitOf = ({ missing }: Pick<Series<unknown>, 'missing'>): 0 | 1 =>
  missing.length === 0 ? 0 : 1

/** Of a series that is not whole: a part must not pass for all. */
export function missingWords({
  missing,
  error,
}: Pick<Series<unknown>, 'missing' | 'error'>): string[] {
  if (missing.length === 0) return []
  return [
    `this is not all: ${missing.join(', ')} threads are missing, ` +
      (error ? `since it ended: ${error.message}` : 'for lack of time'),
  ]
}
