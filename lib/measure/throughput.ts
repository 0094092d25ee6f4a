/** What the rounds of a timing say of a variant's time. */
import type { NativeBench } from '../native/plans/bench.js'
import type { RegimeTimes, Throughput } from '../results/comparison.js'
import type { Line } from '../results/line.js'
import { ofRounds, regimeRounds, roundsOf } from './rounds.js'
import { estimate, HISTOGRAM_BUCKETS, latency, quotients, ratioOf } from './statistics.js'

/** @returns null when in none of the rounds both were measured */
function times(
  all: Float64Array,
  variant: number,
  against: number,
  total: number,
  rounds: readonly number[],
): RegimeTimes | null {
  const own = ofRounds(all, variant, total, rounds)
  const off = ofRounds(all, against, total, rounds)
  const vsOff = ratioOf(own, off)
  return vsOff && { nsPerPair: estimate(own), vsOff }
}

/**
 * @param against the place of the `off` that it is compared with
 * @returns null when in no round of the first regime both were measured
 */
export function throughput(
  bench: NativeBench,
  variant: number,
  against: number,
  threads: number,
  rounds: number,
  line: Line | null,
): Throughput | null {
  const byRegime = regimeRounds(line, rounds)
  const [first = []] = byRegime
  const of = (all: Float64Array, some: readonly number[]) =>
    times(all, variant, against, rounds, some)
  const main = of(bench.nsPerPair, first)
  const mean = of(bench.meanNs, first)
  if (!main) return null
  const ratios = (all: Float64Array): (number | null)[] =>
    quotients(roundsOf(all, variant, rounds), roundsOf(all, against, rounds)).map((one, round) =>
      Number.isNaN(one) || !first.includes(round) ? null : one,
    )
  const sum = (all: Float64Array): number =>
    ofRounds(all, variant, rounds, first).reduce((total, one) => total + one, 0)
  const percentiles = (buckets: Float64Array) =>
    latency(buckets.subarray(variant * HISTOGRAM_BUCKETS, (variant + 1) * HISTOGRAM_BUCKETS))
  const seconds = sum(bench.seconds) / threads
  return {
    threads,
    ...main,
    roundsVsOff: ratios(bench.nsPerPair),
    mean: mean && { ...mean, roundsVsOff: ratios(bench.meanNs) },
    byRegime: line ? line.regimes.map((_, i) => of(bench.nsPerPair, byRegime[i] ?? [])) : [],
    pairsPerSecond: sum(bench.pairs) / seconds,
    bytesPerSecond: sum(bench.bytes) / seconds,
    failedMaps: sum(bench.failed),
    mapNs: percentiles(bench.mapNs),
    unmapNs: percentiles(bench.unmapNs),
    pairNs: percentiles(bench.pairNs),
  }
}
