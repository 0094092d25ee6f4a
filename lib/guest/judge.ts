/** Whether a tracker kept its promise in a booted kernel. */
import { countOf, verbOf } from '../data/units.js'
import { namesOf, untilNames } from '../results/check.js'
import type { Told } from './told.js'

export type Verdict =
  /** The mark is where it may be. */
  | 'kept'
  | 'broken'
  /** Nothing is promised of it, or there is no mark. */
  | 'none'
  /** The mark is elsewhere, and what the tracker says that its promise ends with has been. */
  | 'ended'
  /** The run says nothing: something was missed, or did not end. */
  | 'void'

export interface Judgement {
  readonly verdict: Verdict
  /** Why it is void, how it was broken, or with what it had ended; null otherwise. */
  readonly why: string | null
}

/** Why a boot cannot judge a tracker; undefined where it can. */
function voidBy({
  done,
  after,
  readers,
  probes,
  truth,
  promise,
  alarms,
  failed,
}: Told): string | undefined {
  if (failed[0] !== undefined) return `the guest could not do all: ${failed[0]}`
  if (!done || !after || !readers || !probes || !truth || !promise || !alarms) {
    return 'the guest did not tell all that is asked of it'
  }
  if (readers.failed > 0 || readers.started === 0) {
    return `${readers.failed} of ${readers.started} readers of the disk failed`
  }
  if (alarms.read <= 0) return "the kernel's log could not be read"
  if (probes.missed < 0) return 'whether probes were passed over could not be read'
  if (probes.missed > 0)
    return `${countOf(probes.missed, 'probe')} ${verbOf(probes.missed, 'was', 'were')} passed over`
  if (probes.overrun > 0) return `${countOf(probes.overrun, 'event')} did not fit into the buffer`
  if (probes.left !== 0)
    return `${countOf(probes.left, 'slot')} ${verbOf(probes.left, 'was', 'were')} never given back, by the probes`
  if (probes.mapped === 0) return 'nothing was mapped'
  if (probes.mapped !== probes.unmappings) {
    return (
      `${countOf(probes.mapped, 'map')} had ${verbOf(probes.mapped, 'its', 'their')} slots, and ` +
      `${probes.unmappings} ${verbOf(probes.unmappings, 'was', 'were')} taken back`
    )
  }
  if (after.true_hiwater < truth.least || after.true_hiwater > truth.most) {
    return (
      `the two truths differ: ${after.true_hiwater} counted, ` +
      `${truth.least} to ${truth.most} by the probes`
    )
  }
  return undefined
}

interface Ending {
  readonly verdict: Verdict
  /** What it ended with, in words. */
  readonly with: string
}

/**
 * How a promise that is not kept may have ended; undefined where it holds through the whole boot. A reset
 * with slots in use is of this boot, and another may say more. A pool always grows by way of a transient
 * one, so that another boot would say no more.
 */
function endedBy({ before, after, promise }: Told): Ending | undefined {
  const until = namesOf(promise?.until ?? 0, untilNames)
  if (!before || !after) return undefined
  if (until.includes('reset') && before.used > 0) {
    return { verdict: 'void', with: `a reset with ${countOf(before.used, 'slot')} in use` }
  }
  const grew = after.nslabs > before.nslabs
  return until.includes('transient') && grew
    ? { verdict: 'ended', with: 'a transient pool' }
    : undefined
}

/** How its count is wrong when nothing is mapped or unmapped any more. */
function usedBrokenBy({ after, truth, promise }: Told): string | undefined {
  if (!after || !truth || !promise || after.used === after.true_used) return undefined
  return `used says ${after.used} at rest, where ${after.true_used} ${verbOf(after.true_used, 'is', 'are')} in use`
}

/** How its mark is wrong. */
function markBrokenBy({ after, truth, promise }: Told): string | undefined {
  if (!after || !truth || !promise) return undefined
  const { hiwater } = after
  const { under, over, unmarked } = promise
  if (unmarked) return undefined
  if (under >= 0 && hiwater < truth.least - under) {
    return `${hiwater} is ${truth.least - hiwater} under what was in use; ${under} ${verbOf(under, 'was', 'were')} promised`
  }
  if (over >= 0 && hiwater > truth.most + over) {
    return `${hiwater} is ${hiwater - truth.most} over what was in use; ${over} ${verbOf(over, 'was', 'were')} promised`
  }
  return undefined
}

/** The mark against the truth, by what the tracker in the kernel says that it promises. */
export function judge(told: Told): Judgement {
  const why = voidBy(told)
  if (why !== undefined) return { verdict: 'void', why }
  const ended = endedBy(told)
  const used = usedBrokenBy(told)
  // A pool that grew ends what is promised of the mark alone.
  if (used !== undefined && ended?.verdict !== 'void') return { verdict: 'broken', why: used }
  const broken = used ?? markBrokenBy(told)
  if (broken !== undefined && ended !== undefined) {
    return { verdict: ended.verdict, why: `${broken}; but its promise ended with ${ended.with}` }
  }
  if (broken !== undefined) return { verdict: 'broken', why: broken }
  const { promise } = told
  const none = promise && (promise.unmarked || (promise.under < 0 && promise.over < 0))
  return { verdict: none ? 'none' : 'kept', why: null }
}
