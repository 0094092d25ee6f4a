/** The words of the progress line: how far, how fast, and how long yet. */
import { formatBytes } from '../../data/units.js'
import type { Progress } from '../../index.js'

/** Before that a rate, or what is left, is guessed from too little. */
const LEAST_MS = 1000
const LEAST_SHARE = 0.01

/** `850 ms` would flicker: whole seconds, and above two minutes whole minutes. */
function shortly(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000))
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
}

/** `48.2K operations/s`, the same in every locale. */
const rateWords = (perSecond: number, unit: string): string =>
  unit === 'byte'
    ? `${formatBytes(Math.round(perSecond))}/s`
    : `${perSecond.toLocaleString('en', { notation: 'compact', maximumSignificantDigits: 3 })} ${unit}s/s`

interface Mark {
  readonly at: number
  readonly value: number
}

/** Since when something has grown, and from what: anew where it became less. */
class Growth {
  #first: Mark | undefined
  #last = Number.NaN
  #name = ''

  /** @returns by how much it grew in how many ms; undefined while that says too little */
  since(name: string, value: number, at: number): { grown: number; ms: number } | undefined {
    if (this.#first === undefined || name !== this.#name || !(value >= this.#last)) {
      this.#first = { at, value }
      this.#name = name
    }
    this.#last = value
    const ms = at - this.#first.at
    return ms < LEAST_MS ? undefined : { grown: value - this.#first.value, ms }
  }
}

export class Pace {
  readonly #share = new Growth()
  readonly #work = new Growth()
  readonly #phase = new Growth()

  /** @param at the time, ms */
  words({ phase, done, work }: Progress, at: number): string {
    const known = !Number.isNaN(done)
    const share = known ? this.#share.since('', done, at) : undefined
    const rate = work && this.#work.since(work.unit, work.count, at)
    const alone = this.#phase.since(phase, 0, at)
    const left =
      share && share.grown >= LEAST_SHARE && done < 1
        ? `${shortly(((1 - done) / share.grown) * share.ms)} left`
        : ''
    return [
      known ? `${Math.floor(done * 100)} %` : '',
      work && rate && rate.grown > 0 ? rateWords((1000 * rate.grown) / rate.ms, work.unit) : '',
      // Where nobody knows how long it takes, one sees at least that it goes on.
      left || (alone && (!known || done === 0) ? `for ${shortly(alone.ms)}` : ''),
      phase,
    ]
      .filter(Boolean)
      .join('  ')
  }
}
