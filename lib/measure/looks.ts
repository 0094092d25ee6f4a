/** What recorded operations tell a tracker of the time, and when its worker looks meanwhile. */
import { type OperationNumbers, spanOf } from '../trace/index.js'

/** Between two looks, ns; longer where that would make more than so many of them. */
const PERIOD_NS = 1e6
const MAX_LOOKS = 1e5
/** Operations between two looks, where nobody knows their times. */
const EVERY = 1000

/** Nanoseconds between two looks of a worker, while what was recorded goes on. */
export const lookPeriodNs = (times: OperationNumbers | undefined): number =>
  Math.ceil(Math.max(PERIOD_NS, times ? spanOf(times) / MAX_LOOKS : 0))

/** Of one operation after another: one of the two is 0. */
export interface Looks {
  /** When each operation began, as of a trace; undefined where nobody knows. */
  readonly times: OperationNumbers | undefined
  /** Of the recorded time, between two looks. */
  readonly samplePeriodNs: number
  /** Operations between two looks. */
  readonly sampleEvery: number
}

/** @param every operations between two looks, instead of what is usual */
export function looksOf(times: OperationNumbers | undefined, every?: number): Looks {
  if (every !== undefined || !times) {
    return { times, samplePeriodNs: 0, sampleEvery: every ?? EVERY }
  }
  return { times, samplePeriodNs: lookPeriodNs(times), sampleEvery: 0 }
}
