/** What is to be known before an answer is deployed, in sentences: the line alone would pass for more than it is. */
import { CONFIDENTIAL_RULE, DEFAULT_SLOTS } from '../boot/pool.js'
import { countOf, formatBytes, formatSlots, usedWords, verbOf } from '../data/units.js'
import type { PoolSize, Sizing } from '../results/size.js'
import { powerOfTwo } from './search.js'

type Untold = Pick<Sizing, 'answer' | 'cpus' | 'recorded' | 'ownAreas'>

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
function basisWords(sizing: Untold): string[] {
  const little = littleOf(sizing)
  return little.length === 0
    ? []
    : [
        `The trace is little to go by: ${little.join(' and ')}. Record the heaviest load before this is deployed.`,
      ]
}

/** What an answer rests on, also where that is not little. */
export const restsOn = (sizing: Untold): string =>
  basisWords(sizing)[0] ??
  `The trace is ${lengthWords(sizing.recorded.seconds ?? 0)} long, of all CPUs; a heavier load than its own may need more.`

/** The pool to ask for: as many areas as the machine has CPUs, so that each has a lock of its own. */
export const poolFor = ({
  answer,
  ownAreas,
}: {
  readonly answer: PoolSize | null
  readonly ownAreas?: PoolSize | null | undefined
}): PoolSize | null => answer && (ownAreas ?? answer)

/** The line for the machine that is asked about; nothing without an answer. */
export function lineWords(sizing: Untold): string {
  const { answer, cpus } = sizing
  const pool = poolFor(sizing)
  if (!answer || !pool) return ''
  const load = answer.margin === 0 ? 'this load' : `this load and ${answer.margin} % more of it`
  return `On ${countOf(cpus, 'CPU')}, for ${load}: ${pool.parameter} (${formatBytes(pool.bytes)}).`
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
  const twice = `swiotlb=${2 * pool.slots},${pool.areas}`
  const confidential =
    pool.slots === DEFAULT_SLOTS
      ? `In a confidential VM (SEV, TDX) ${pool.parameter} counts as not given, and the kernel takes ${CONFIDENTIAL_RULE}: ask for ${twice} there.`
      : `A confidential VM (SEV, TDX) takes ${pool.parameter} as it is; without the line it takes ${CONFIDENTIAL_RULE}.`
  return [confidential, ...few]
}

/** The line for the machine that is asked about, what a confidential VM makes of it, and what it rests on. */
export const cautionsOf = (sizing: Untold): string[] =>
  sizing.answer ? [lineWords(sizing), ...machineWords(sizing), ...basisWords(sizing)] : []
