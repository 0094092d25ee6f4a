/** A series: who is on the frontier at each step, who leaves it or joins it, and why. */
import type { FrontierMove, OffFrontier, Row } from '../../results/comparison.js'
import { fitted, joinWords, shortRatio, wrap } from '../words.js'
import { rowOf, type Sweep, stepNames, trackersOf } from './steps.js'

/** `per-area promises as much and costs less (1.02 times off, not 1.31)` */
export function becauseWords(because: OffFrontier): string {
  if (!('tracker' in because)) {
    return {
      unmarked: 'it has no mark',
      broken: 'it broke its promise',
      untimed: 'it was not timed',
      noise: 'the noise is not known',
    }[because.why]
  }
  const { tracker, why, vsOff } = because
  const [own, other] = vsOff.map(shortRatio)
  if (why === 'cheaper') {
    // Two that differ only behind these digits are told apart all the same.
    const figures = own === other ? '' : ` (${other} times off, not ${own})`
    return `${tracker} promises as much and costs less${figures}`
  }
  return why === 'more'
    ? `${tracker} promises more and costs the same`
    : `${tracker} promises and costs the same, and was nearer to the truth in this run`
}

const moveWords = ({ parameter, steps }: Sweep, { value, what, because }: FrontierMove): string => {
  const at = steps.filter((step) => step.value === value)
  const where = stepNames(parameter, at)
  return what === 'leaves'
    ? `leaves it at ${where}: ${becauseWords(because)}`
    : `joins it at ${where} (before, ${becauseWords(because)})`
}

/** Why it is never on it: as at the last step that it was run at. */
function neverWords(sweep: Sweep, tracker: string): string {
  const last = sweep.steps.findLast((step) => rowOf(step, tracker) !== undefined)
  const why = last && rowOf(last, tracker)?.offFrontier
  if (!last || !why) return ''
  return `${tracker}: never on it; at ${stepNames(sweep.parameter, [last])} ${becauseWords(why)}`
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
    const names = step.comparison.rows.filter(on).map(({ tracker }) => tracker)
    const who = names.length > 0 ? names.join(', ') : 'nobody'
    return wrap(`${stepNames(parameter, [step])}: ${who}`, '  ')
  })
  const marked = trackersOf(steps, (row) => row.accuracy.reportedSlots !== null)
  const always = marked.filter((name) =>
    steps.every((step) => rowOf(step, name) === undefined || on(rowOf(step, name))),
  )
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
    ...(always.length > 0 ? [wrap(`${joinWords(always)}: on it at every step`, '  ')] : []),
    ...others.map((text) => wrap(text, '  ')),
  ]
}
