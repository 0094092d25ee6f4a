/** What a run tells of each thing that happens in it, for a picture over time. */
import type { AnyTracker } from './variant.js'

/** What was logged of one run. */
export interface LoggedEvents {
  readonly kept: number
  /** Left out, because there was room for no more; and the span of these, in nanoseconds. */
  readonly lost: number
  /** What is counted there: operations of a replay one after another; without it events. */
  readonly lostUnit?: 'event' | 'operation' | undefined
  readonly lostFromNs: number
  readonly lostToNs: number
  /** Of a replay one after another: maps that are counted in no area, since theirs is of a pool that grew. */
  readonly outsideAreas?: number | undefined
}

/** One run whose events are told. */
export interface TimelineRun {
  readonly tracker: AnyTracker
  readonly cpus: number
}

/** A run of one operation after another whose steps are told. */
interface SerialRun {
  readonly tracker: AnyTracker
  /** Runs that are to be told, this one included. */
  readonly runs: number
  /** Operations. */
  readonly count: number
  /** How many of them are in the steps, from the first on; some make none. */
  readonly covered: number
  readonly endNs: number
}

/** One operation, and what there is behind it. */
export interface SerialStep {
  /** Its place among the operations, from 0. */
  readonly at: number
  readonly atNs: number
  readonly cpu: number
  /** Null for what changes nothing but, maybe, the mark: then the mark is all that is told. */
  readonly name: 'map' | 'unmap' | 'failed map' | 'in use before' | 'reset' | 'growth' | null
  readonly slots: number
  /** Slots in use; null where that did not change, as those of the area. */
  readonly used: number | null
  readonly area: { readonly number: number; readonly used: number } | null
  /** Whether its slots lie in a pool that grew, which has no areas here. */
  readonly elsewhere: boolean
  /** What the tracker reports; null where it has no mark. */
  readonly mark: number | null
}

/** Takes what runs tell. */
export interface Timeline {
  /** How many events of the next run there is room for; `runs` are to come, that one included. */
  room(runs: number): number
  /** The events of a run in virtual time, in a file that is the caller's. */
  virtual(run: TimelineRun, file: number, events: LoggedEvents): void
  /** The steps of a replay one operation after another. Not all need to be there. */
  serial(run: SerialRun, steps: Iterable<SerialStep>): void
}
