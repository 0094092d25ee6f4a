/** What a run tells of each thing that happens in it, for a picture over time. */
import type { AnyTracker } from './variant.js'

/** What was logged of one run. */
export interface LoggedEvents {
  readonly kept: number
  /** Left out, because there was room for no more; and the span of these, in nanoseconds. */
  readonly lost: number
  readonly lostFromNs: number
  readonly lostToNs: number
}

/** One run whose events are told. */
export interface TimelineRun {
  readonly tracker: AnyTracker
  readonly cpus: number
}

/** Takes what runs tell. */
export interface Timeline {
  /** How many events of the next run there is room for; `runs` are to come, that one included. */
  room(runs: number): number
  /** The events of a run in virtual time, in a file that is the caller's. */
  virtual(run: TimelineRun, file: number, events: LoggedEvents): void
}
