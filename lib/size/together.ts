/** Several loads at the same time: how they may meet, and the sizing of the meeting that needs most. */
import { Random } from '../data/random.js'
import { countOf, SEGMENT_SLOTS, verbOf } from '../data/units.js'
import type { Meetings, SizeOptions, Sizing, TogetherSizing } from '../results/size.js'
import type { Demand } from '../trace/index.js'
import { wantedOf } from './beside.js'
import { cautionsOfAll } from './cautions.js'
import { type Asked, askedOf } from './demand.js'
import { moreLoad, together } from './load.js'
import { type Load, servable } from './recorded.js'
import { MAX_SLOTS, Pools, powerOfTwo, serves, sizeOf } from './search.js'
import { areasFor, lineAreas, sizeLoad, triesFor } from './sizing.js'

/** Sizes beyond that of the sum of the peaks that each meeting is tried in, by their doublings. */
const BEYOND = 2

/** How the loads meet: of each the moment that falls together with those of the others, since its begin. */
interface Meeting {
  readonly kind: Meetings['worst']
  readonly moments: readonly number[]
}

/** What one of them asks for, in pools of one number of areas. */
interface Met {
  readonly meeting: Meeting
  readonly peakSlots: number
  /** Of the sizes that every meeting is tried in, those that serve. */
  readonly serving: ReadonlySet<number>
  /** The least of them; infinity where none does. */
  readonly needs: number
  /** Maps that fail in the pool that was asked about; 0 where none was. */
  readonly failedMaps: number
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0)

export const togetherName = ({ length }: readonly Load[]): string => `all ${length} at once`

const isTimed = (loads: readonly Load[]): boolean =>
  loads.every(({ demand }) => demand.times !== undefined)

/** All begin at once; their peaks fall together; and moments of each, drawn, that do. */
export function meetingsOf(
  loads: readonly Load[],
  asked: readonly Asked[],
  { seed, drawn }: { readonly seed: number; readonly drawn: number },
): Meeting[] {
  const timed = isTimed(loads)
  const lengths = loads.map(({ seconds }) => (timed ? (seconds ?? 0) * 1e9 : 1))
  const peaks = asked.map(({ peakAt }) => (timed ? peakAt.ns : peakAt.share))
  const random = new Random(seed)
  const moments = (): number[] => lengths.map((length) => (random.uint32() / 2 ** 32) * length)
  return [
    { kind: 'begins', moments: loads.map(() => 0) },
    { kind: 'peaks', moments: peaks },
    ...Array.from({ length: drawn }, () => ({ kind: 'drawn', moments: moments() }) as const),
  ]
}

/** The loads as one, but for how they meet. */
function wholeOf(loads: readonly Load[], demand: Demand): Load {
  const [{ start }] = loads as [Load]
  const lengths = loads.flatMap(({ seconds }) => (seconds === null ? [] : [seconds]))
  return {
    name: togetherName(loads),
    demand,
    devices: loads.flatMap(({ devices }) => devices),
    start,
    current: null,
    cpus: Math.max(...loads.map(({ cpus }) => cpus)),
    cpusNoted: loads.every(({ cpusNoted }) => cpusNoted),
    provenPeak: Math.max(...loads.map(({ provenPeak }) => provenPeak)),
    seconds: isTimed(loads) ? Math.min(...lengths) : null,
    lossy: loads.some(({ lossy }) => lossy),
    warnings: [],
  }
}

function builtFor(
  loads: readonly Load[],
  { moments }: Meeting,
  signal: AbortSignal | undefined,
): Promise<Demand> {
  let devices = 0
  const firstDevices = loads.map((load) => {
    const first = devices
    devices += load.devices.length
    return first
  })
  const demands = loads.map(({ demand }) => demand)
  return together(demands, { firstDevices, moments }, signal)
}

/** One meeting, in every one of these sizes. */
async function tryMeeting(
  loads: readonly Load[],
  meeting: Meeting,
  { sizes, areas }: { readonly sizes: readonly number[]; readonly areas: number },
  options: SizeOptions,
): Promise<Met> {
  const { signal, marginPercent = 0 } = options
  const made = [await builtFor(loads, meeting, signal)]
  try {
    const whole = wholeOf(loads, made[0] as Demand)
    const { load, asked, made: lighter } = await servable(whole, [], signal)
    made.push(...lighter)
    let { demand } = load
    if (marginPercent > 0) {
      demand = await moreLoad(demand, marginPercent, signal)
      made.push(demand)
    }
    const pools = new Pools(demand.operations, load.start, signal)
    const serving = new Set<number>()
    for (const slots of sizes) {
      if (slots >= asked.peakSlots && serves(await pools.try(slots, areas))) serving.add(slots)
    }
    const wanted = wantedOf(whole, options)
    const { failedMaps } = wanted ? await pools.try(wanted.slots, wanted.areas) : { failedMaps: 0 }
    const needs = Math.min(...serving)
    return { meeting, peakSlots: asked.peakSlots, serving, needs, failedMaps }
  } finally {
    for (const demand of made) demand.close()
  }
}

const needsMore = (a: Met, b: Met): boolean =>
  a.failedMaps !== b.failedMaps
    ? a.failedMaps > b.failedMaps
    : a.needs !== b.needs
      ? a.needs > b.needs
      : a.peakSlots > b.peakSlots

const KIND_WORDS = {
  begins: 'all begin at the same moment',
  peaks: 'their peaks fall on one moment',
  drawn: 'moments that the seed drew fall together',
} as const

function warningsOf(loads: readonly Load[], { worst, runs }: Meetings): string[] {
  return [
    `the figures of all at once are of the meeting that needs most of ${countOf(runs, 'meeting')} that ` +
      `${verbOf(runs, 'was', 'were')} tried, in which ${KIND_WORDS[worst]}; how they would really meet nobody knows`,
    ...(isTimed(loads)
      ? []
      : ['not all traces have times: each runs at an even pace here, and all take as long']),
  ]
}

const finite = (slots: number): number | null => (Number.isFinite(slots) ? slots : null)

/**
 * The sizing of all loads at once. Of the ways in which they may meet a bounded number is tried; the
 * sizing is that of the one which needs most, and the line is one that serves in each of them.
 *
 * @param alone the sizing of each by itself, and that which needs most
 */
export async function sizeTogether(
  loads: readonly Load[],
  alone: { readonly worst: Sizing; readonly traces: readonly Sizing[] },
  options: SizeOptions,
): Promise<TogetherSizing> {
  const { signal, marginPercent = 0, seed = 1 } = options
  const operations = sumOf(loads.map(({ demand }) => demand.operations.length))
  const drawn = options.meetings ?? triesFor(operations)
  const asked: Asked[] = []
  for (const { demand } of loads) asked.push(await askedOf(demand, [], signal))
  const cpus = options.cpus ?? Math.max(...loads.map((load) => load.cpus))
  const areas = lineAreas(areasFor(cpus, options), cpus)
  const peaks = asked.map(({ peakSlots }, k) => Math.max(peakSlots, loads[k]?.provenPeak ?? 0))
  const sumPeakSlots = Math.ceil(sumOf(peaks) * (1 + marginPercent / 100))
  const held = Math.max(powerOfTwo(sumPeakSlots), areas * SEGMENT_SLOTS)
  const sizes: number[] = []
  const least = Math.max(powerOfTwo(Math.max(...peaks)), areas * SEGMENT_SLOTS)
  const last = Math.min(held * 2 ** BEYOND, MAX_SLOTS)
  for (let slots = least; slots <= last; slots *= 2) sizes.push(slots)

  const met: Met[] = []
  const all = meetingsOf(loads, asked, { seed, drawn })
  for (const [k, meeting] of all.entries()) {
    const phase = `${togetherName(loads)}: meeting ${k + 1} of ${all.length}`
    options.onProgress?.({ phase, done: k / all.length })
    met.push(await tryMeeting(loads, meeting, { sizes, areas }, options))
  }
  const most = met.reduce((a, b) => (needsMore(b, a) ? b : a))
  const slots = sizes.find((size) => met.every(({ serving }) => serving.has(size)))
  const needs = met.map((one) => one.needs)
  const ofKind = (kind: Meeting['kind']): number | null =>
    finite(met.find(({ meeting }) => meeting.kind === kind)?.needs ?? Infinity)
  const meetings: Meetings = {
    runs: met.length,
    drawn,
    worst: most.meeting.kind,
    pool: slots === undefined ? null : sizeOf({ slots, areas }),
    begins: ofKind('begins'),
    peaks: ofKind('peaks'),
    low: finite(Math.min(...needs)),
    high: finite(Math.max(...needs)),
    sumPeakSlots,
    sumPool: held <= MAX_SLOTS ? sizeOf({ slots: held, areas }) : null,
  }
  const demand = await builtFor(loads, most.meeting, signal)
  try {
    const whole = { ...wholeOf(loads, demand), warnings: warningsOf(loads, meetings) }
    const sizing = { ...(await sizeLoad(whole, options)), meetings }
    return { ...sizing, cautions: cautionsOfAll(sizing, alone.worst, alone.traces) }
  } finally {
    demand.close()
  }
}
