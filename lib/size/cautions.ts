/** What is to be known before an answer is deployed, in sentences: the line alone would pass for more than it is. */
import { readCommandLine } from '../boot/command-line.js'
import { DEFAULT_FAMILY } from '../boot/family.js'
import { CONFIDENTIAL_RULE } from '../boot/pool.js'
import { confidentialWays, told } from '../boot/told.js'
import { countOf, formatBytes, formatSlots, usedWords, verbOf } from '../data/units.js'
import type { Meetings, PoolSize, Sizing } from '../results/size.js'
import { powerOfTwo } from './search.js'

type Untold = Pick<Sizing, 'answer' | 'cpus' | 'recorded' | 'ownAreas'> & {
  readonly meetings?: Pick<Meetings, 'pool'> | undefined
}

type Current = Omit<NonNullable<Sizing['current']>, 'sentence'>

/** Of a pool that serves and is no larger than the answer: why the answer is another. */
function servesWords({ slots, areas, wasteBytes }: Current, answer: PoolSize | null): string {
  if (!answer) return 'serves'
  const inAreas = countOf(answer.areas, 'area')
  if (wasteBytes < 0) {
    const byPower = areas === answer.areas || powerOfTwo(slots) === answer.slots
    const why = byPower ? 'is a power of two' : `has ${inAreas}`
    return `serves; the answer is larger, since it ${why}`
  }
  return areas === answer.areas
    ? 'is what is needed'
    : `serves, and is as large as the answer, which has ${inAreas}`
}

/** What the machine's own pool does with the load. */
export function currentWords(
  current: Current,
  answer: PoolSize | null,
  provenSlots: number,
): string {
  const { slots, areas, failedMaps, verdict, wasteBytes } = current
  const pool = `The pool as it is, ${formatSlots(slots)} in ${countOf(areas, 'area')},`
  if (verdict === 'too-small' && failedMaps === 0) {
    return `${pool} is too small: ${usedWords(provenSlots)} in use for certain.`
  }
  if (verdict === 'too-small') {
    const more =
      answer === null
        ? ''
        : wasteBytes < 0
          ? `, and is ${formatBytes(-wasteBytes)} smaller than the answer`
          : ', although it is not smaller than the answer: look at its areas'
    return `${pool} fails ${countOf(failedMaps, 'map')}${more}.`
  }
  if (verdict === 'not-known') {
    return `${pool} serves what is left; whether it served all, the kernel's log tells.`
  }
  if (verdict === 'fits') return `${pool} ${servesWords(current, answer)}.`
  return `${pool} serves, and is ${formatBytes(wasteBytes)} larger than the answer.`
}

/** A trace as short as this holds no more than a moment of what a machine does in a day. */
const SHORT_S = 60

/** Too short for a tenth of a second is not nothing. */
const lengthWords = (seconds: number): string =>
  seconds < 0.1 ? 'less than 0.1 s' : `${seconds.toFixed(1)} s`

/** How long the trace is, and of which CPUs, where that is too little to stand for a machine. */
function littleOf({ cpus, recorded }: Untold): string[] {
  const { seconds } = recorded
  return [
    ...(seconds === null ? ['it shows no times'] : []),
    ...(seconds !== null && seconds < SHORT_S ? [`it is ${lengthWords(seconds)} long`] : []),
    ...(recorded.cpus < cpus ? [`it is of ${recorded.cpus} of the ${cpus} CPUs`] : []),
  ]
}

/** What the trace has too little of to stand for a machine; nothing where that cannot be said. */
function basisWords(sizing: Untold, what: string): string[] {
  const little = littleOf(sizing)
  return little.length === 0
    ? []
    : [
        `${what} is little to go by: ${little.join(' and ')}. Record the heaviest load before this is deployed.`,
      ]
}

/** What an answer rests on, also where that is not little. */
export const restsOn = (sizing: Untold, what = 'The trace'): string =>
  basisWords(sizing, what)[0] ??
  `${what} is ${lengthWords(sizing.recorded.seconds ?? 0)} long, of all CPUs; a heavier load than its own may need more.`

/** One of several, by its name. */
type Named = Untold & Pick<Sizing, 'name'>

/** What the answers of several traces rest on: on the one that decides, and how long all are. */
export function restOn(worst: Named, traces: readonly Named[]): string {
  const lengths = traces.flatMap(({ recorded: { seconds } }) => (seconds === null ? [] : [seconds]))
  const [shortest, longest] = [Math.min(...lengths), Math.max(...lengths)].map(lengthWords)
  const range =
    lengths.length < traces.length
      ? `${traces.length - lengths.length} of the ${traces.length} traces ${verbOf(traces.length - lengths.length, 'shows', 'show')} no times.`
      : shortest === longest
        ? `Each of the ${traces.length} traces is ${shortest} long.`
        : `The ${traces.length} traces are ${shortest} to ${longest} long.`
  return `${restsOn(worst, `${worst.name}, which needs most,`)} ${range}`
}

/** The pool to ask for: as many areas as the machine has CPUs, so that each has a lock of its own. */
export const poolFor = ({
  answer,
  ownAreas,
  meetings,
}: {
  readonly answer: PoolSize | null
  readonly ownAreas?: PoolSize | null | undefined
  readonly meetings?: Pick<Meetings, 'pool'> | undefined
}): PoolSize | null => answer && (meetings ? meetings.pool : (ownAreas ?? answer))

/** The line for the machine that is asked about; nothing without an answer. */
export function lineWords(sizing: Untold): string {
  const { answer, cpus } = sizing
  const pool = poolFor(sizing)
  if (!answer || !pool) return ''
  const load = answer.margin === 0 ? 'this load' : `this load and ${answer.margin} % more of it`
  return `On ${countOf(cpus, 'CPU')}, for ${load}: ${pool.parameter} (${formatBytes(pool.bytes)}).`
}

/** What a confidential VM makes of the line. */
function confidentialWords({ parameter }: PoolSize, cpus: number): string {
  const machine = { family: DEFAULT_FAMILY, cpus, memoryBytes: null }
  const ways = confidentialWays(told(readCommandLine(parameter), machine))
  return ways === ''
    ? `A confidential VM (SEV, TDX) takes ${parameter} as it is; without the line it takes ${CONFIDENTIAL_RULE}.`
    : `In a confidential VM (SEV, TDX) ${parameter} counts as not given, and the kernel takes ${CONFIDENTIAL_RULE}. To ask for that pool there: ${ways}.`
}

/** What a confidential VM makes of the line, and what few CPUs do not tell; nothing without an answer. */
export function machineWords(sizing: Untold): string[] {
  const { cpus, recorded } = sizing
  const pool = poolFor(sizing)
  if (!pool) return []
  const few =
    recorded.cpus < cpus
      ? [
          `The ${countOf(recorded.cpus, 'CPU')} of the trace ${verbOf(recorded.cpus, 'begins', 'begin')} in ${recorded.cpus} areas only: with more areas each is smaller, and ` +
            'the spills come from that; they do not tell how as many busy CPUs would spill.',
        ]
      : []
  return [confidentialWords(pool, cpus), ...few]
}

/** The line for the machine that is asked about, what a confidential VM makes of it, and what it rests on. */
export const cautionsOf = (sizing: Untold): string[] =>
  sizing.answer
    ? [lineWords(sizing), ...machineWords(sizing), ...basisWords(sizing, 'The trace')]
    : []

/** The same for several traces at once. */
export const cautionsOfAll = (
  together: Untold,
  worst: Named,
  traces: readonly Named[],
): string[] =>
  poolFor(together) ? [lineWords(together), ...machineWords(together), restOn(worst, traces)] : []
