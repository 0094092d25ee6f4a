/** Where the time of a map+unmap goes in virtual time, in words. */
import type { Prediction } from '../../results/virtual.js'
import { ns, percent } from '../words.js'

export interface Split {
  readonly tracker: string
  readonly prediction: Prediction
}

/** What the tracker is to blame for beside its own verbs: all that is more than with `off`, and why. */
function beyondOff({ prediction }: Split, off: Prediction): string {
  const more = prediction.nsPerPair - off.nsPerPair
  if (more <= 0) return ''
  const waited = prediction.lines.descriptor.waitedNs - off.lines.descriptor.waitedNs
  const shared =
    waited >= 1
      ? `, and ${ns(waited)} ns more of waiting for the line of the pool's descriptor, which moves with counters beside it`
      : ''
  return ` A map+unmap with it takes ${ns(more)} ns more than with off: its own ${ns(prediction.perPairNs.tracker)} ns${shared}; what is left is in the other parts.`
}

/**
 * @param splits one at least
 * @param words behind `a map+unmap`, as `, with copies`
 */
export function whereWords(splits: readonly Split[], words: string): string {
  const most = splits.reduce((a, b) =>
    b.prediction.perPairNs.tracker > a.prediction.perPairNs.tracker ? b : a,
  )
  const { perPairNs, nsPerPair } = most.prediction
  if (!(perPairNs.tracker > 0)) return `No tracker takes time of its own of a map+unmap${words}.`
  const off = splits.find(({ tracker }) => tracker === 'off')?.prediction
  return (
    `The tracker's own verbs take most with ${most.tracker}: ${ns(perPairNs.tracker)} of ${ns(nsPerPair)} ns ` +
    `of a map+unmap${words}, ${percent(perPairNs.tracker / nsPerPair)}.${off ? beyondOff(most, off) : ''}`
  )
}
