/** What a reader of a comparison must be told before the figures are believed. */
import { countOf, verbOf } from '../data/units.js'
import type { AccuracyRun } from '../measure/accuracy.js'
import type { TimedRow } from '../measure/measure.js'
import { noiseReach, offWasItself } from '../measure/noise.js'
import { dutyWords } from '../measure/slice-facts.js'
import { hasInterval, INTERVAL_SAMPLES } from '../measure/statistics.js'
import { REALTIME_REFUSED } from '../measure/timing.js'
import type { MeasuredRow, SliceFacts, Timing } from '../results/comparison.js'
import type { Duty, Ratio } from '../results/figures.js'
import type { Line } from '../results/line.js'
import type { Scenario } from '../scenario/schema.js'

/** Shares of the time above which a timing is doubtful. */
const STOLEN = 0.2
const DROPPED = 0.05
/** What so much more is dropped of than of `off` may do at length what passes for a lost CPU. */
const DROPPED_MORE = 0.05

const percent = (share: number): string => `${Math.round(share * 100)} %`

export const brokenOf = (runs: readonly AccuracyRun[]): string | null =>
  runs.find((run) => run.broken !== null)?.broken ?? null

/** Of the accuracy runs. */
export function runWarnings(runs: readonly AccuracyRun[]): string[] {
  const warnings: string[] = []
  const broken = brokenOf(runs)
  if (broken !== null) warnings.push(`the allocator's invariants are broken: ${broken}`)
  const failed = Math.max(...runs.map((run) => run.counts.failedMaps))
  if (failed > 0) {
    warnings.push(
      `${countOf(failed, 'map')} failed: the peak is cut off by the pool, and is no demand`,
    )
  }
  return warnings
}

function cpuWarning(timing: Timing): string[] {
  if (timing.oversubscribed) {
    return [
      `oversubscribed: ${timing.threads} threads on fewer CPUs; times include waiting for a CPU, ` +
        'and how a line moves between them was not measured',
    ]
  }
  if (!timing.pinned) {
    return ['the threads could not be pinned; how a line moves between them was not measured']
  }
  if (timing.realtime) return []
  return [REALTIME_REFUSED]
}

/** Rounds that belong to no regime. */
function lostWords({ changed, unmeasured }: Line, rounds: number): string[] {
  const why = [
    changed > 0 ? `how a line moves changed in ${changed}` : '',
    unmeasured > 0 ? `it was not measured beside ${unmeasured}` : '',
  ].filter(Boolean)
  if (why.length === 0) return []
  return [
    `${changed + unmeasured} of ${rounds} rounds ${verbOf(changed + unmeasured, 'was', 'were')} left out: ${why.join(' and ')}`,
  ]
}

/** Of one timing: whether its rounds are alike, and enough. */
function roundWarnings({ line, rounds }: Timing): string[] {
  const [first] = line?.regimes ?? []
  const kept = first?.rounds ?? rounds
  const few =
    kept < INTERVAL_SAMPLES
      ? [
          `${countOf(kept, 'round')} ${verbOf(kept, 'is', 'are')} too few for an interval of 95 %; expected at least ${INTERVAL_SAMPLES}`,
        ]
      : []
  if (!line) return few
  if (!first) {
    const why = line.changed > 0 ? 'changed in each round' : 'could not be measured'
    return [...few, `how a line moves between the CPUs ${why}: rounds may not be alike`]
  }
  return [
    ...few,
    ...(first.sharedCore
      ? [
          'the CPUs behave as two threads of one core: on all at once, what only executes takes ' +
            `${first.slowdown.toFixed(1)} times as long as alone`,
        ]
      : []),
    ...lostWords(line, rounds),
    ...(line.latencyStray > 0
      ? [
          `in ${line.latencyStray} of the rounds for latencies a line moved otherwise than in the figures`,
        ]
      : []),
  ]
}

const bandWords = (noise: Ratio | null): string =>
  [noise?.low, noise?.high].map((end) => end?.toFixed(2)).join(' to ')

/** Of `off` alone, with areas of its own size or of another. */
function controlWarnings({ noise, largerAreas }: Timing): string[] {
  return [
    ...(noise
      ? []
      : ['no noise control: in no round that figures are made of was off timed twice']),
    ...(offWasItself(noise) === false
      ? [
          `off was not itself: off against off is ${bandWords(noise)}, so that no ratio to it is a cost; run again on an idle machine`,
        ]
      : []),
    ...largerAreas
      .filter(({ vsOff }) => !vsOff)
      .map(({ areaBytes }) => `off with areas of ${areaBytes} bytes was not timed beside off`),
  ]
}

function oneTiming(timing: Timing): string[] {
  const { stolen, dropped } = timing
  return [
    ...cpuWarning(timing),
    ...(stolen !== null && stolen > STOLEN
      ? [`${percent(stolen)} of the time was stolen by the host`]
      : []),
    ...(dropped > DROPPED
      ? [`${percent(dropped)} of the threads' time was dropped, because one of them stood still`]
      : []),
    ...roundWarnings(timing),
    ...controlWarnings(timing),
  ]
}

/** What was not timed of a variant, and what was to be done beside its slices and was not. */
function sliceWarnings(tracker: string, facts: SliceFacts | null): string[] {
  if (!facts) return []
  const { looks, growth, untimed } = facts
  const [dropped, ofOff] = facts.dropped
  if (untimed !== null) {
    return [`${tracker} has no figure: ${untimed}`]
  }
  if (looks?.due === 0) return [`${tracker}: no look of the sampler was due in what was timed`]
  return [
    ...(looks && looks.made < looks.due ? [`${tracker}: ${dutyWords('looks', looks)}`] : []),
    ...(growth && growth.made < growth.due ? [`${tracker}: ${dutyWords('growth', growth)}`] : []),
    ...(dropped - ofOff > DROPPED_MORE
      ? [
          `${tracker}: ${percent(dropped)} of its time was dropped, of that of off ` +
            `${percent(ofOff)}: what it does seldom and at length is not in the figure`,
        ]
      : []),
  ]
}

/** Of the timing that the frontier is made of. */
export function frontierWarnings(noise: Ratio | null): string[] {
  if (Number.isFinite(noiseReach(noise))) return []
  if (!noise)
    return [
      'no tracker is marked as on the frontier: there is no noise control, so no two costs can be compared',
    ]
  const why =
    offWasItself(noise) === false
      ? 'off was not itself'
      : `off against off ${hasInterval(noise) ? 'has not settled' : 'has no interval'}`
  return [`no tracker is marked as on the frontier: ${why}, so no two costs can be compared`]
}

/** @param timingNoCopy the second of two timings, which is told apart only where it differs */
export function timingWarnings(
  { workload }: Scenario,
  timing: Timing | null,
  timingNoCopy: Timing | null,
  rows: readonly TimedRow[],
): string[] {
  if (!timing) return []
  const full = [
    ...oneTiming(timing),
    ...rows.flatMap(({ tracker, slices }) => sliceWarnings(tracker, slices)),
  ]
  const bare = [
    ...(timingNoCopy ? oneTiming(timingNoCopy) : []),
    ...rows.flatMap(({ tracker, slicesNoCopy }) => sliceWarnings(tracker, slicesNoCopy)),
  ]
  return [
    ...full,
    ...bare.filter((text) => !full.includes(text)).map((text) => `without copies: ${text}`),
    ...frontierWarnings(
      (timingNoCopy && rows.some((row) => row.throughputNoCopy) ? timingNoCopy : timing).noise,
    ),
    ...(workload.burst
      ? ['timed are the small I/Os; the large ones are in the accuracy run only']
      : []),
  ]
}

/** What was to be done beside the threads of the accuracy runs, and was not. */
export function dutyWarnings(rows: readonly MeasuredRow[]): string[] {
  const words = (tracker: string, kind: 'looks' | 'growth', duty: Duty | null): string[] =>
    duty && duty.made < duty.due ? [`accuracy of ${tracker}: ${dutyWords(kind, duty)}`] : []
  return rows.flatMap(({ tracker, counts: { looks, growth } }) => [
    ...words(tracker, 'looks', looks),
    ...words(tracker, 'growth', growth),
  ])
}
