/** How the timed CPUs stood to each other in a run; lib/measure/line.ts makes it. */
/** One look at the timed CPUs. */
export interface LineProbe {
  /** How long one thread's store takes to be seen by the next one: ns, the nearest two. */
  readonly nearestNs: number
  /** The same of the furthest two; threads that do not follow each other are not looked at. */
  readonly furthestNs: number
  /**
   * A loop that only executes, on all threads at once, to the same loop alone: about 1 on cores of
   * their own, about 2 on two threads of one core. Of the thread that is slowed second most, since
   * whoever shares a core shares it with another.
   */
  readonly slowdown: number
}

/** The looks right before and right after a round; null where none succeeded. */
export interface LineRound {
  readonly before: LineProbe | null
  readonly after: LineProbe | null
}

/** Rounds in which the CPUs stood alike. Medians over their looks. */
export interface LineRegime extends LineProbe {
  /** Threads of one core. */
  readonly sharedCore: boolean
  readonly rounds: number
}

/** What a run's rounds amount to. */
export interface LineRegimes {
  /** Most rounds first; empty where in no round a move was measured. */
  readonly regimes: readonly LineRegime[]
  /** For each round its place in `regimes`; null for one that belongs to none. */
  readonly regimeOf: readonly (number | null)[]
  /** Rounds that changed under way. */
  readonly changed: number
  /** Rounds without a measurement before or after. */
  readonly unmeasured: number
  /** From one regime to another, in the order of the rounds. */
  readonly changes: number
}

/** Of one timing. */
export interface Line extends LineRegimes {
  readonly rounds: readonly LineRound[]
  /** Of the rounds behind these, in which latencies were timed: those not in the first regime. */
  readonly latencyStray: number
}
