/**
 * How the timed CPUs stand to each other, and which rounds of a run belong together.
 *
 * A host moves the CPUs of its guests: two threads of one core at one moment, two cores that are
 * near or far at the next. What a shared line costs, and with it every ratio on more than one thread,
 * hangs on that. So it is measured between the rounds, and ratios are made of rounds that are alike.
 */
import { checkObject, listArgument } from '../data/options.js'
import type { LineProbe, LineRegime, LineRegimes, LineRound } from '../results/line.js'

/** Moves of one regime differ by less from one in their middle, and so do those beside a round. */
export const LINE_FACTOR = 1.5

/** Half way, as a factor, from cores of their own (1) to two threads of one core (2). */
const SHARED_SLOWDOWN = Math.SQRT2

const shares = ({ slowdown }: LineProbe): boolean => slowdown >= SHARED_SLOWDOWN

const near = (a: number, b: number): boolean => Math.max(a, b) < LINE_FACTOR * Math.min(a, b)

const alike = (a: LineProbe, b: LineProbe): boolean =>
  shares(a) === shares(b) && near(a.nearestNs, b.nearestNs) && near(a.furthestNs, b.furthestNs)

/** What stands for a round whose two looks are alike. */
interface Settled extends LineProbe {
  readonly round: number
}

const between = (a: number, b: number): number => Math.sqrt(a * b)

function settle({ before, after }: LineRound, round: number): Settled | null {
  if (!before || !after || !alike(before, after)) return null
  return {
    round,
    nearestNs: between(before.nearestNs, after.nearestNs),
    furthestNs: between(before.furthestNs, after.furthestNs),
    slowdown: between(before.slowdown, after.slowdown),
  }
}

/** Whether a round is of a regime that others made. */
export function inRegime(regime: LineRegime, round: LineRound): boolean {
  checkObject('regime', regime, 'one of lineRegimes()')
  const settled = settle(checkObject('round', round, 'a round'), 0)
  return settled !== null && alike(settled, regime)
}

const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] as number

function regimeFrom(members: readonly Settled[]): LineRegime {
  const of = (key: keyof LineProbe): number => middle(members.map((one) => one[key]))
  return {
    sharedCore: members.some(shares),
    nearestNs: of('nearestNs'),
    furthestNs: of('furthestNs'),
    slowdown: of('slowdown'),
    rounds: members.length,
  }
}

/**
 * Sorts rounds into regimes: again and again the largest set of rounds around one of them, from which
 * the moves of the others differ by less than LINE_FACTOR; all agree on sharing a core. A round that was not alike before and after
 * belongs to none. Rounds of several runs can be given one behind the other.
 */
export function lineRegimes(rounds: readonly LineRound[]): LineRegimes {
  const settled = listArgument('rounds', rounds, 'a list of rounds').map(settle)
  const regimeOf: (number | null)[] = rounds.map(() => null)
  const regimes: LineRegime[] = []
  let rest = settled.filter((one) => one !== null)
  while (rest.length > 0) {
    let largest: Settled[] = []
    for (const centre of rest) {
      const members = rest.filter((one) => alike(one, centre))
      if (members.length > largest.length) largest = members
    }
    for (const { round } of largest) regimeOf[round] = regimes.length
    regimes.push(regimeFrom(largest))
    rest = rest.filter((one) => !largest.includes(one))
  }
  const unmeasured = rounds.filter(({ before, after }) => !before || !after).length
  const inOrder = regimeOf.filter((regime) => regime !== null)
  return {
    regimes,
    regimeOf,
    unmeasured,
    changed: rounds.length - unmeasured - inOrder.length,
    changes: inOrder.filter((regime, i) => i > 0 && regime !== inOrder[i - 1]).length,
  }
}
