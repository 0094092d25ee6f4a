/**
 * Whether use grows as a leak does: steadily, for long, and further than ever before.
 *
 * Looked at is the lowest use of each stretch of time, since load comes and goes on top of what is
 * never given back. Of the last 60 stretches the median of all slopes (Theil-Sen) must be steep,
 * nearly all pairs must rise (Mann-Kendall), both halves must rise alike, and what lies around the
 * line must be noise: of a walk at random, a sawtooth or a daily cycle the neighbours are alike
 * (von Neumann's ratio, of values and of ranks). Three lengths of stretches are looked at, so that
 * a leak below a coarse load is found as well, later. Memory does not grow.
 */

/** Stretches in a window. */
const POINTS = 60
/** A slope is told from so many points on. */
const LEAST_POINTS = 10
/** Stretches, in buckets; a window of the first is the window that was asked for. */
const SCALES = [1, 2, 4]
/** A leak rises so far in a window, or by this share of the pool: twenty slots a minute for an hour. */
const LEAST_RISE_SLOTS = 1200
const LEAST_RISE_SHARE = 1 / 4
/** Pairs that rise less those that fall, of all. */
const LEAST_TAU = 0.6
/** Of noise this is 2, of what changes slowly near 0. */
const LEAST_NEUMANN = 1.2
/** The slopes of both halves may differ by so much of the whole. */
const MOST_BEND = 0.6
/** So few slots around the line are no pattern, but rounding. */
const ROUNDING_SLOTS = 2
/** What came before the window is remembered as the highest floor of so many points. */
const FLOOR_POINTS = 6
/** So many buckets may be missed; after more it begins anew. */
const MOST_MISSED = 5

/** Puts the values in order. */
function median(values: Float64Array): number {
  values.sort()
  const half = values.length >> 1
  const upper = values[half] as number
  return values.length % 2 === 1 ? upper : ((values[half - 1] as number) + upper) / 2
}

interface Slope {
  /** Per point. */
  readonly slope: number
  readonly tau: number
}

function slopeOf(points: readonly number[]): Slope {
  const slopes = new Float64Array((points.length * (points.length - 1)) / 2)
  let pairs = 0
  let signs = 0
  for (const [i, a] of points.entries()) {
    for (let j = i + 1; j < points.length; j++) {
      const rise = (points[j] as number) - a
      slopes[pairs++] = rise / (j - i)
      signs += Math.sign(rise)
    }
  }
  return { slope: median(slopes), tau: signs / pairs }
}

function neumann(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  let steps = 0
  let spread = 0
  for (const [i, value] of values.entries()) {
    spread += (value - mean) ** 2
    if (i > 0) steps += (value - (values[i - 1] as number)) ** 2
  }
  return spread === 0 ? 2 : steps / spread
}

/** Equal values have the middle of their ranks. */
function ranksOf(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((a, b) => (values[a] as number) - (values[b] as number))
  const ranks: number[] = []
  for (let from = 0, to = 0; from < order.length; from = to) {
    const value = values[order[from] as number]
    while (to < order.length && values[order[to] as number] === value) to++
    for (let i = from; i < to; i++) ranks[order[i] as number] = (from + to - 1) / 2
  }
  return ranks
}

interface Growth {
  readonly slotsPerBucket: number
  readonly buckets: number
}

class Scale {
  readonly #buckets: number
  #points: number[] = []
  #low = Number.POSITIVE_INFINITY
  #filled = 0
  /** Of points that have left the window. */
  #left: number[] = []
  #record = Number.NEGATIVE_INFINITY

  constructor(buckets: number) {
    this.#buckets = buckets
  }

  /** Slots per bucket; undefined while there are too few points. */
  slope(): number | undefined {
    if (this.#points.length < LEAST_POINTS) return undefined
    return slopeOf(this.#points).slope / this.#buckets
  }

  /** @returns the growth, where it is a leak's */
  add(low: number, poolSlots: number): Growth | undefined {
    this.#low = Math.min(this.#low, low)
    if (++this.#filled < this.#buckets) return undefined
    this.#points.push(this.#low)
    this.#low = Number.POSITIVE_INFINITY
    this.#filled = 0
    if (this.#points.length > POINTS) this.#leave(this.#points.shift() as number)
    return this.#points.length === POINTS ? this.#judge(poolSlots) : undefined
  }

  #leave(point: number): void {
    this.#left.push(point)
    if (this.#left.length < FLOOR_POINTS) return
    this.#record = Math.max(this.#record, Math.min(...this.#left))
    this.#left = []
  }

  #judge(poolSlots: number): Growth | undefined {
    const points = this.#points
    const least = Math.min(LEAST_RISE_SLOTS, poolSlots * LEAST_RISE_SHARE) * this.#buckets
    const floor = Math.min(...points.slice(-FLOOR_POINTS))
    // What was there before and came back is a load.
    if (floor <= this.#record) return undefined
    // Spares most of the work that follows.
    if (floor - Math.min(...points.slice(0, FLOOR_POINTS)) < least / 2) return undefined
    const { slope, tau } = slopeOf(points)
    if (slope * POINTS < least || tau < LEAST_TAU || !isStraight(points, slope)) return undefined
    return { slotsPerBucket: slope / this.#buckets, buckets: POINTS * this.#buckets }
  }
}

function isStraight(points: readonly number[], slope: number): boolean {
  const above = points.map((point, i) => point - slope * i)
  const middle = median(Float64Array.from(above))
  if (above.every((value) => Math.abs(value - middle) <= ROUNDING_SLOTS)) return true
  if (Math.min(neumann(above), neumann(ranksOf(above))) < LEAST_NEUMANN) return false
  const half = points.length / 2
  const bend = slopeOf(points.slice(0, half)).slope - slopeOf(points.slice(half)).slope
  return Math.abs(bend) <= MOST_BEND * slope
}

export class Trend {
  readonly #bucketMs: number
  readonly #periodMs: number
  #scales: Scale[] = []
  #start = Number.NaN
  #bucket = 0
  #low = Number.POSITIVE_INFINITY
  #leak: { readonly growth: Growth; readonly floor: number } | undefined
  #cameBack = false
  #beganAnew = false

  /** A window of less than 60 periods would be none: it is made as long. */
  constructor(windowMs: number, periodMs: number) {
    this.#periodMs = periodMs
    this.#bucketMs = Math.max(windowMs / POINTS, periodMs)
  }

  /** How the lowest use goes; null: too early to tell. */
  slotsPerMs(): number | null {
    const perBucket = this.#scales[0]?.slope()
    return perBucket === undefined ? null : perBucket / this.#bucketMs
  }

  get leak(): { readonly slotsPerMs: number; readonly overMs: number } | null {
    if (!this.#leak) return null
    const { slotsPerBucket, buckets } = this.#leak.growth
    return { slotsPerMs: slotsPerBucket / this.#bucketMs, overMs: buckets * this.#bucketMs }
  }

  /** Whether what was taken for a leak has come back at this look. */
  get cameBack(): boolean {
    return this.#cameBack
  }

  /** Whether there was no look for so long before this one that it began anew. */
  get beganAnew(): boolean {
    return this.#beganAnew
  }

  /** One look, at a time in ms that does not go back. */
  add(at: number, usedSlots: number, poolSlots: number): void {
    this.#cameBack = false
    this.#beganAnew = false
    if (Number.isNaN(this.#start)) this.#restart(at)
    let bucket = this.#bucketAt(at)
    if (bucket - this.#bucket > MOST_MISSED + 1 || bucket < this.#bucket - 1) {
      this.#restart(at)
      this.#beganAnew = true
      bucket = 0
    }
    bucket = Math.max(bucket, this.#bucket)
    // What was missed went on as it was.
    const missed = Number.isFinite(this.#low) ? this.#low : usedSlots
    for (; this.#bucket < bucket; this.#bucket++) this.#close(missed, poolSlots)
    this.#low = Math.min(this.#low, usedSlots)
    if (this.#bucketAt(at + this.#periodMs) > bucket) {
      this.#close(this.#low, poolSlots)
      this.#bucket++
    }
  }

  #restart(at: number): void {
    this.#scales = SCALES.map((buckets) => new Scale(buckets))
    this.#start = at
    this.#bucket = 0
    this.#low = Number.POSITIVE_INFINITY
    this.#leak = undefined
  }

  /* Rounded: looks come a little early or late. */
  #bucketAt(at: number): number {
    return Math.round((at - this.#start) / this.#bucketMs)
  }

  #close(low: number, poolSlots: number): void {
    this.#low = Number.POSITIVE_INFINITY
    for (const scale of this.#scales) {
      const growth = scale.add(low, poolSlots)
      if (growth) this.#leak = { growth, floor: low }
    }
    if (!this.#leak) return
    const { growth, floor } = this.#leak
    if (low < floor - (growth.slotsPerBucket * growth.buckets) / 2) {
      this.#leak = undefined
      this.#cameBack = true
    }
  }
}
