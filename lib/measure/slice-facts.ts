/** Whether the timed slices of a variant did what was to be timed. */
import { countOf } from '../data/units.js'
import type { NativeBench } from '../native/plans/bench.js'
import type { SliceFacts } from '../results/comparison.js'
import type { Duty } from '../results/figures.js'
import type { Line } from '../results/line.js'
import { keptRounds, ofRounds } from './rounds.js'
import { ratioOf } from './statistics.js'

/** Of what was to be done beside the timed threads, the share without which there is no figure. */
const DUTY_SHARE = 0.9

/** `12 of 75 looks of the sampler, which were due, were made` */
export function dutyWords(kind: 'looks' | 'growth', { due, made }: Duty): string {
  const what =
    kind === 'looks' ? 'looks of the sampler were made' : 'pieces of growth work were begun'
  return `${made} of ${due} ${what} while the threads ran`
}

const neglected = (duty: Duty | null): duty is Duty =>
  duty !== null && duty.made < DUTY_SHARE * duty.due

const neglectedWords = (kind: 'looks' | 'growth', duty: Duty): string =>
  `${dutyWords(kind, duty)}; expected at least ${Math.round(100 * DUTY_SHARE)} %`

/** @param against the place of the `off` that it is compared with */
export function sliceFacts(
  bench: NativeBench,
  variant: number,
  against: number,
  rounds: number,
  line: Line | null,
): SliceFacts {
  const kept = keptRounds(line, rounds)
  const where = line && line.regimes.length > 0 ? ' in which a line moved as in the figures' : ''
  const slicesOf = (v: number): number[] => ofRounds(bench.nsPerPair, v, rounds, kept)
  const nowhere = (what: string): string =>
    `${what} in the ${countOf(kept.length, 'round')}${where} was long enough to be measured; raise sliceMs or rounds`
  const untimed = (v: number): string | null => {
    const looks = bench.looks[v] ?? null
    const growth = bench.growth[v] ?? null
    if (neglected(looks)) return neglectedWords('looks', looks)
    if (neglected(growth)) return neglectedWords('growth', growth)
    return slicesOf(v).every(Number.isNaN) ? nowhere('none of its slices') : null
  }
  const off = untimed(against)
  const apart = ratioOf(slicesOf(variant), slicesOf(against))
    ? null
    : nowhere('none of its slices with one of off beside it')
  return {
    looks: bench.looks[variant] ?? null,
    growth: bench.growth[variant] ?? null,
    dropped: [bench.droppedBy[variant] ?? 0, bench.droppedBy[against] ?? 0],
    untimed: untimed(variant) ?? (off === null ? apart : `off: ${off}`),
  }
}
