/** A series: who is on the frontier at each step, who leaves it or joins it, and why. */
import { frontierMoves, isPlaced } from '../../compare/frontier-moves.js'
import type { FrontierMove, OffFrontier, Row } from '../../results/comparison.js'
import { fitted, joinWords, shortRatio, wrap } from '../words.js'
import { comparisonToTell, leftOutWords } from './marks.js'
import { rowOf, type Sweep, type SweepStep, stepNames, trackersOf } from './steps.js'

/** `per-area promises as much and costs less (1.02 times off, not 1.31)` */
export function becauseWords(because: OffFrontier): string {
  if (!('tracker' in because)) {
    return {
      unmarked: 'it has no mark',
      broken: 'it broke its promise',
      untimed: 'it was not timed',
      few: 'too little of it was done for a figure',
      unsettled: 'its figure has not settled',
      noise: 'the noise is not known, or off was not itself',
    }[because.why]
  }
  const { tracker, why, vsOff } = because
  const [own, other] = vsOff.map(shortRatio)
  if (why === 'cheaper') {
    // Two that differ only behind these digits are told apart all the same.
    const figures = own === other ? '' : ` (${other} times off, not ${own})`
    return `${tracker} promises as much and costs less${figures}`
  }
  return `${tracker} promises more and costs the same`
}

/** A series without the stars that comparisonToTell() takes away, and with the moves that are left. */
export function sweepToTell<S extends Sweep>(sweep: S): S {
  const steps = sweep.steps.map((step) => ({
    ...step,
    comparison: comparisonToTell(step.comparison),
  }))
  const same = steps.every(({ comparison }, i) => comparison === sweep.steps[i]?.comparison)
  return same ? sweep : { ...sweep, steps, frontier: frontierMoves(steps) }
}

const moveWords = ({ parameter, steps }: Sweep, { value, what, because }: FrontierMove): string => {
  const at = steps.filter((step) => step.value === value)
  const where = stepNames(parameter, at)
  return what === 'leaves'
    ? `leaves it at ${where}: ${becauseWords(because)}`
    : `joins it at ${where} (before, ${becauseWords(because)})`
}

const isPlacedAt = (step: SweepStep, tracker: string): boolean => {
  const row = rowOf(step, tracker)
  return row !== undefined && isPlaced(row)
}

/** Why it is never on it: as at the last step that tells. */
function neverWords(sweep: Sweep, tracker: string): string {
  const last = sweep.steps.findLast((step) => isPlacedAt(step, tracker))
  if (!last) return `${tracker}: left out at every step`
  const why = rowOf(last, tracker)?.offFrontier
  if (!why) return ''
  return `${tracker}: never on it; at ${stepNames(sweep.parameter, [last])} ${becauseWords(why)}`
}

/** Who is on it at each step that tells of them, and at how many. */
const alwaysOn = (sweep: Sweep): string[] =>
  trackersOf(sweep.steps, (row) => row.accuracy.reportedSlots !== null).filter((name) => {
    const told = sweep.steps.filter((step) => isPlacedAt(step, name))
    return told.length > 0 && told.every((step) => rowOf(step, name)?.frontier === true)
  })

/** The same in a sentence; nothing where nobody is, or nothing is known of it. */
export function alwaysOnWords(sweep: Sweep): string[] {
  const always = alwaysOn(sweep)
  const all = always.every((name) => sweep.steps.every((step) => isPlacedAt(step, name)))
  return always.length === 0
    ? []
    : [
        `On the frontier of promise and cost at every step${all ? '' : ' that tells'}: ${joinWords(always)}.`,
      ]
}

/**
 * Empty where nothing is known of it: nobody was timed, or no step knows its noise. Of trackers that
 * keep no mark, and so can never be on it, nothing is said.
 */
export function frontierText(sweep: Sweep): string[] {
  const { parameter, steps, frontier: moves } = sweep
  if (!steps.some(({ comparison }) => comparison.rows.some((row) => row.frontier))) return []
  const on = (row: Row | undefined): boolean => row?.frontier === true
  const members = steps.map((step) => {
    const { rows } = step.comparison
    const names = rows.filter(on).map(({ tracker }) => tracker)
    const none = rows.some(({ offFrontier }) => offFrontier?.why === 'noise')
      ? 'not known, since the noise is not, or off was not itself'
      : 'nobody'
    const leftOut = leftOutWords(rows)
    return wrap(
      `${stepNames(parameter, [step])}: ${names.length > 0 ? names.join(', ') : none}` +
        (leftOut && `; left out: ${leftOut}`),
      '  ',
    )
  })
  const marked = trackersOf(steps, (row) => row.accuracy.reportedSlots !== null)
  const always = alwaysOn(sweep)
  const isLeftOut = (name: string): boolean =>
    steps.some((step) => rowOf(step, name) && !isPlacedAt(step, name))
  const alwaysWords = (names: readonly string[], at: string): string[] =>
    names.length > 0 ? [wrap(`${joinWords(names)}: on it at every step${at}`, '  ')] : []
  const others = marked
    .filter((name) => !always.includes(name))
    .map((name) => {
      const own = moves.filter(({ tracker }) => tracker === name)
      if (own.length === 0) return neverWords(sweep, name)
      return `${name}: ${own.map((move) => moveWords(sweep, move)).join('; ')}`
    })
    .filter(Boolean)
  return [
    '',
    fitted(
      'on the frontier, by what is promised and what it costs' +
        (steps.some(({ comparison }) => comparison.rows.some((row) => row.throughputNoCopy))
          ? ' without copies'
          : ''),
    ),
    ...members,
    ...alwaysWords(
      always.filter((name) => !isLeftOut(name)),
      '',
    ),
    ...alwaysWords(always.filter(isLeftOut), ' at which that is known'),
    ...others.map((text) => wrap(text, '  ')),
  ]
}
