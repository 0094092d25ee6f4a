/**
 * Puts maps and unmaps into the order of the kernel's own counter.
 *
 * A probe fires a little after the addition to the counter, or a little before the subtraction, so
 * the order of the lines is not always the order of the counter.
 *
 * Evidence: for each step a window of event positions in which it took effect; and the value that
 * an addition found, which is exact.
 * Rules: an addition comes where the counter has the value that it found. To bring the counter there,
 * steps without such a value move within their windows: none if possible, else the one whose window
 * closes next, then those whose windows close soonest. A step has been done when its window closes.
 * Decision: the first order in which all additions find their values. Several are followed as long
 * as they differ; where none is left, the counter is believed and a jump is noted.
 */
import { Queue } from '../queue.js'
import type { Decisions } from './decide.js'
import { counterSteps } from './rules.js'

/** One change of the counter. Positions count events of the trace. */
export interface CounterStep<T> {
  /** Slots added (positive) or subtracted (negative); 0 for what only has its place in the order. */
  readonly delta: number
  /** The value that the addition found; absent when nobody saw it. */
  readonly found?: number | undefined
  /** First and last position at which it can have happened; open <= close. */
  readonly open: number
  readonly close: number
  /** What is handed on in the order. */
  readonly act: T
}

interface Numbered<T> extends CounterStep<T> {
  readonly number: number
}

interface Chain<T> {
  readonly act: T
  readonly previous: Chain<T> | undefined
  readonly length: number
}

interface State<T> {
  /** Counter before the first step; undefined until an addition tells it. */
  readonly base: number | undefined
  /** Sum of the steps done. */
  readonly sum: number
  /** Steps done before their window closes; a set of this state alone. */
  readonly early: Set<Numbered<T>>
  /** Those that have not been handed on. */
  readonly chain: Chain<T> | undefined
}

/** How many orders are followed at a time, and how many ways to reach one value are tried. */
const MAX_STATES = 64
const MAX_WAYS = 8
/** Bounds the work for one step: subsets looked at, over all orders that are followed. */
const MAX_TRIES = 4096
/** Orders that differ are followed no further back than so many steps. */
const MAX_CHAIN = 8192

/**
 * Finds the order while steps come in. Takes time proportional to the steps, as long as few windows
 * overlap, and memory for those that are open.
 */
export class CounterOrder<T> {
  readonly #decisions: Decisions
  readonly #hand: (act: T) => void
  readonly #byClose = new Queue<Numbered<T>>((step) => step.close)
  readonly #byOpen = new Queue<Numbered<T>>((step) => step.open)
  readonly #open = new Set<Numbered<T>>()
  #states: State<T>[] = [{ base: undefined, sum: 0, early: new Set(), chain: undefined }]
  #numbers = 0
  /** Windows up to here have closed. */
  #closed = Number.NEGATIVE_INFINITY
  #jumps = { slots: 0, moved: 0 }

  /** `hand` is given what the steps hold, in the order of the counter. */
  constructor(decisions: Decisions, hand: (act: T) => void) {
    this.#decisions = decisions
    this.#hand = hand
  }

  /** By how much additions found another value than any order explains, all together. */
  get jumpedSlots(): number {
    return this.#jumps.slots
  }

  /** The counter before the first step; undefined if no step said. */
  get before(): number | undefined {
    const base = this.#states[0]?.base
    return base === undefined ? undefined : base - this.#jumps.moved
  }

  /** A step whose window lies in what is past is done at once. */
  add(step: CounterStep<T>): void {
    const { delta, found, open, act } = step
    const close = Math.max(step.close, this.#closed)
    const numbered = { delta, found, open, close, act, number: this.#numbers++ }
    this.#byClose.push(numbered)
    this.#byOpen.push(numbered)
  }

  /** Orders what closes before a position. */
  advance(limit: number): void {
    for (;;) {
      const due = this.#byClose.popBelow(limit)
      if (!due) break
      this.#closed = due.close
      for (;;) {
        const opened = this.#byOpen.popBelow(due.close + 1)
        if (!opened) break
        this.#open.add(opened)
      }
      this.#do(due)
    }
  }

  /** Orders the rest. */
  finish(): void {
    this.advance(Number.POSITIVE_INFINITY)
    const [best] = this.#states
    if (best) this.#states = [this.#handOn(best)]
  }

  #do(due: Numbered<T>): void {
    const reached = this.#reached(due)
    this.#open.delete(due)
    const states = settle(reached, due)
    const [only] = states
    const long = (only?.chain?.length ?? 0) > MAX_CHAIN
    this.#states = only && (states.length === 1 || long) ? [this.#handOn(only)] : states
  }

  /* The orders in which the step has been done. */
  #reached(due: Numbered<T>): State<T>[] {
    if (due.delta === 0) return this.#states.map((state) => perform(state, due))
    const explained = advance(this.#states, this.#open, due)
    this.#decisions.note(explained.length > 0 ? counterSteps.explained : counterSteps.jumped)
    return explained.length > 0 ? explained : [this.#jump(due)]
  }

  #jump(due: Numbered<T>): State<T> {
    const state = this.#states[0] as State<T>
    const base = state.base ?? 0
    const delta = (due.found as number) - (base + state.sum)
    this.#jumps.slots += Math.abs(delta)
    this.#jumps.moved += delta
    return perform({ ...state, base: base + delta }, due)
  }

  #handOn(state: State<T>): State<T> {
    const acts: T[] = []
    for (let link = state.chain; link; link = link.previous) acts.push(link.act)
    for (const act of acts.reverse()) this.#hand(act)
    return { ...state, chain: undefined }
  }
}

/** All states in which `due` has been done, those first that did nothing before its time. */
function advance<T>(
  states: readonly State<T>[],
  open: ReadonlySet<Numbered<T>>,
  due: Numbered<T>,
): State<T>[] {
  const reached: State<T>[] = []
  const seen = new Set<string>()
  const queue: State<T>[] = [...states]
  const budget = { tries: MAX_TRIES }
  for (let head = 0; head < queue.length && reached.length < MAX_STATES; head++) {
    const state = queue[head] as State<T>
    if (state.early.has(due)) {
      reached.push(state)
      continue
    }
    if (due.found === undefined) reached.push(perform(state, due))
    for (const target of open) {
      const { found } = target
      if (found === undefined || state.early.has(target)) continue
      for (const way of waysTo(state, open, found, due, budget)) {
        let after = state
        for (const step of way) after = perform(after, step)
        after = perform(after, target)
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
function waysTo<T>(
  state: State<T>,
  open: ReadonlySet<Numbered<T>>,
  found: number,
  due: Numbered<T>,
  budget: { tries: number },
): Numbered<T>[][] {
  const free: Numbered<T>[] = []
  for (const step of open) {
    if (step.found === undefined && step.delta !== 0 && !state.early.has(step)) free.push(step)
  }
  // The step that is due comes first, then those that are due soonest.
  free.sort((a, b) => (a === due ? -1 : b === due ? 1 : a.close - b.close))
  const known = state.base !== undefined
  const missing = found - (state.base ?? 0) - state.sum
  const ways: Numbered<T>[][] = []
  const taken: Numbered<T>[] = []
  const choose = (from: number, rest: number): void => {
    if (known ? rest === 0 : rest >= 0) ways.push([...taken])
    if (known && rest === 0) return
    for (let k = from; k < free.length; k++) {
      if (ways.length >= MAX_WAYS || budget.tries-- <= 0) return
      const step = free[k] as Numbered<T>
      taken.push(step)
      choose(k + 1, rest - step.delta)
      taken.pop()
    }
  }
  choose(0, missing)
  return ways
}

function perform<T>(state: State<T>, step: Numbered<T>): State<T> {
  const length = (state.chain?.length ?? 0) + 1
  return {
    base: state.base ?? (step.found === undefined ? undefined : step.found - state.sum),
    sum: state.sum + step.delta,
    early: new Set(state.early).add(step),
    chain: { act: step.act, previous: state.chain, length },
  }
}

/** Forgets the step whose window has closed, and keeps one of each kind of state. */
function settle<T>(states: readonly State<T>[], done: Numbered<T>): State<T>[] {
  const [only] = states
  if (only && states.length === 1) {
    only.early.delete(done)
    return [only]
  }
  const kept = new Map<string, State<T>>()
  for (const state of states) {
    const early = new Set(state.early)
    early.delete(done)
    const key = keyOf(state.base, early)
    if (!kept.has(key)) kept.set(key, { ...state, early })
  }
  return [...kept.values()]
}

function keyOf<T>(base: number | undefined, early: ReadonlySet<Numbered<T>>): string {
  const numbers = [...early].map((step) => step.number).sort((a, b) => a - b)
  return `${base}:${numbers.join()}`
}
