/**
 * Puts maps and unmaps into the order of the kernel's own counter.
 *
 * A probe fires a little after the addition to the counter, or a little before the subtraction, so
 * the order of the lines is not always the order of the counter. Every addition says which value it
 * found, and that is exact. So each step gets a window of event positions in which it took effect,
 * and the search finds an order inside the windows in which every addition finds its value.
 */

/** One change of the counter. Positions count events of the trace. */
export interface CounterStep {
  /** Slots added (positive) or subtracted (negative). */
  readonly delta: number
  /** The value that the addition found; absent when nobody saw it. */
  readonly found?: number
  /** First and last position at which it can have happened; open <= close. */
  readonly open: number
  readonly close: number
}

/** An addition that found another value than any order explains: something was lost before it. */
interface CounterJump {
  /** Index of the step. */
  readonly step: number
  /** Found value minus explained value, slots. */
  readonly delta: number
}

export interface CounterOrder {
  /** Indices of the steps, in the order of the counter. */
  readonly order: readonly number[]
  /** The counter before the first step; undefined if no step says. */
  readonly before: number | undefined
  readonly jumps: readonly CounterJump[]
}

interface Chain {
  readonly step: number
  readonly previous: Chain | undefined
}

interface State {
  /** Counter before the first step; undefined until an addition tells it. */
  readonly base: number | undefined
  /** Sum of the steps done. */
  readonly sum: number
  /** Steps done before their window closes. */
  readonly early: ReadonlySet<number>
  readonly chain: Chain | undefined
}

/** How many orders are followed at a time, and how many ways to reach one value are tried. */
const MAX_STATES = 64
const MAX_WAYS = 8
/** Bounds the work for one step: subsets looked at, over all orders that are followed. */
const MAX_TRIES = 4096

/** Finds the order. Takes time proportional to the steps, as long as few windows overlap. */
export function orderByCounter(steps: readonly CounterStep[]): CounterOrder {
  const byOpen = steps.map((_, i) => i).sort((a, b) => at(steps, a).open - at(steps, b).open)
  const byClose = steps.map((_, i) => i).sort((a, b) => at(steps, a).close - at(steps, b).close)
  const open = new Set<number>()
  const jumps: CounterJump[] = []
  let states: State[] = [{ base: undefined, sum: 0, early: new Set(), chain: undefined }]
  let next = 0
  for (const due of byClose) {
    const { close } = at(steps, due)
    while (next < byOpen.length && at(steps, byOpen[next] as number).open <= close) {
      open.add(byOpen[next++] as number)
    }
    let reached = advance(steps, states, open, due)
    if (reached.length === 0) {
      const state = states[0] as State
      const step = at(steps, due)
      const base = state.base ?? 0
      const delta = (step.found as number) - (base + state.sum)
      jumps.push({ step: due, delta })
      reached = [perform({ ...state, base: base + delta }, due, step)]
    }
    open.delete(due)
    states = settle(reached, due)
  }
  const best = states[0] as State
  const moved = jumps.reduce((sum, jump) => sum + jump.delta, 0)
  return {
    order: unroll(best.chain),
    before: best.base === undefined ? undefined : best.base - moved,
    jumps,
  }
}

/** All states in which `due` has been done, those first that did nothing before its time. */
function advance(
  steps: readonly CounterStep[],
  states: readonly State[],
  open: ReadonlySet<number>,
  due: number,
): State[] {
  const reached: State[] = []
  const seen = new Set<string>()
  const queue: State[] = [...states]
  const step = at(steps, due)
  const budget = { tries: MAX_TRIES }
  for (let head = 0; head < queue.length && reached.length < MAX_STATES; head++) {
    const state = queue[head] as State
    if (state.early.has(due)) {
      reached.push(state)
      continue
    }
    if (step.found === undefined) reached.push(perform(state, due, step))
    for (const target of open) {
      const { found } = at(steps, target)
      if (found === undefined || state.early.has(target)) continue
      for (const way of waysTo(steps, state, open, found, due, budget)) {
        let after = state
        for (const i of way) after = perform(after, i, at(steps, i))
        after = perform(after, target, at(steps, target))
        const key = keyOf(after.base, after.early)
        if (seen.has(key)) continue
        seen.add(key)
        queue.push(after)
      }
    }
  }
  return reached
}

/**
 * The ways to bring the counter to `found`: sets of open steps whose own value nobody saw. The set
 * may be empty. While the counter's base is unknown, every set is a way.
 */
function waysTo(
  steps: readonly CounterStep[],
  state: State,
  open: ReadonlySet<number>,
  found: number,
  due: number,
  budget: { tries: number },
): number[][] {
  const free: number[] = []
  for (const i of open) {
    if (at(steps, i).found === undefined && !state.early.has(i)) free.push(i)
  }
  // The step that is due comes first, then those that are due soonest.
  free.sort((a, b) => (a === due ? -1 : b === due ? 1 : at(steps, a).close - at(steps, b).close))
  const known = state.base !== undefined
  const missing = found - (state.base ?? 0) - state.sum
  const ways: number[][] = []
  const taken: number[] = []
  const choose = (from: number, rest: number): void => {
    if (known ? rest === 0 : rest >= 0) ways.push([...taken])
    if (known && rest === 0) return
    for (let k = from; k < free.length; k++) {
      if (ways.length >= MAX_WAYS || budget.tries-- <= 0) return
      const i = free[k] as number
      taken.push(i)
      choose(k + 1, rest - at(steps, i).delta)
      taken.pop()
    }
  }
  choose(0, missing)
  return ways
}

function perform(state: State, index: number, step: CounterStep): State {
  return {
    base: state.base ?? (step.found === undefined ? undefined : step.found - state.sum),
    sum: state.sum + step.delta,
    early: new Set(state.early).add(index),
    chain: { step: index, previous: state.chain },
  }
}

/** Forgets the step whose window has closed, and keeps one of each kind of state. */
function settle(states: readonly State[], done: number): State[] {
  const kept = new Map<string, State>()
  for (const state of states) {
    const early = new Set(state.early)
    early.delete(done)
    const key = keyOf(state.base, early)
    if (!kept.has(key)) kept.set(key, { ...state, early })
  }
  return [...kept.values()]
}

function keyOf(base: number | undefined, early: ReadonlySet<number>): string {
  return `${base}:${[...early].sort((a, b) => a - b).join()}`
}

function unroll(chain: Chain | undefined): number[] {
  const order: number[] = []
  for (let link = chain; link; link = link.previous) order.push(link.step)
  return order.reverse()
}

function at(steps: readonly CounterStep[], index: number): CounterStep {
  return steps[index] as CounterStep
}
