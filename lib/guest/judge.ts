/** Whether a tracker kept its promise in a booted kernel. */
import type { Told } from './told.js'

type Verdict =
  /** The mark is where it may be. */
  | 'kept'
  | 'broken'
  /** Nothing is promised of it, or there is no mark. */
  | 'none'
  /** The run says nothing: something was missed, or did not end. */
  | 'void'

export interface Judgement {
  readonly verdict: Verdict
  /** Why it is void, or how it was broken; null otherwise. */
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
    return 'the guest did not tell all: it ended early'
  }
  if (readers.failed > 0 || readers.started === 0) {
    return `${readers.failed} of ${readers.started} readers of the disk failed`
  }
  if (probes.missed !== 0) return `${probes.missed} probes were passed over`
  if (probes.overrun > 0) return `${probes.overrun} events did not fit into the buffer`
  if (probes.left !== 0) return `${probes.left} slots were never given back, by the probes`
  if (probes.mapped === 0) return 'nothing was mapped'
  if (after.true_hiwater < truth.least || after.true_hiwater > truth.most) {
    return (
      `the two truths differ: ${after.true_hiwater} counted, ` +
      `${truth.least} to ${truth.most} by the probes`
    )
  }
  return undefined
}

/** Slots, or null for no bound. */
const bound = (told: number): number | null => (told < 0 ? null : told)

/** The mark against the truth, by what the tracker in the kernel says that it promises. */
export function judge(told: Told): Judgement {
  const why = voidBy(told)
  const { after, truth, promise } = told
  if (why !== undefined || !after || !truth || !promise) {
    return { verdict: 'void', why: why ?? null }
  }
  const [under, over] = [bound(promise.under), bound(promise.over)]
  if (promise.unmarked || (under === null && over === null)) return { verdict: 'none', why: null }
  const { hiwater } = after
  if (under !== null && hiwater < truth.least - under) {
    return {
      verdict: 'broken',
      why: `${hiwater} is ${truth.least - hiwater} under what was in use; ${under} were promised`,
    }
  }
  if (over !== null && hiwater > truth.most + over) {
    return {
      verdict: 'broken',
      why: `${hiwater} is ${hiwater - truth.most} over what was in use; ${over} were promised`,
    }
  }
  return { verdict: 'kept', why: null }
}
