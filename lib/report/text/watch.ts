/** A look at a pool's counters, on one line. */
import { formatBytes, formatDuration, NEARLY_FULL, SLOT_BYTES } from '../../data/units.js'
import type { WatchName, WatchSample } from '../../results/watch.js'

const short = {
  'no-debugfs': 'no debugfs',
  absent: 'absent',
  'no-permission': 'no permission',
  unreadable: 'unreadable',
  'no-pool': 'no pool',
  'not-tracked': 'not tracked',
  'maybe-not-tracked': '0, or not tracked',
  reset: 'reset',
  'counter-bug': 'counter bug',
  'too-early': 'too early to tell',
} as const

const signed = (value: number): string => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(1)}`

/** What grows, how fast, and when it is full. */
export function leakText({ leak }: WatchSample): string | undefined {
  if (!leak) return undefined
  const { slotsPerMinute, overMs, fullInMs } = leak
  const full =
    fullInMs === null ? '' : `; at this rate the pool is full in ${formatDuration(fullInMs)}`
  const bytes = formatBytes(Math.round(slotsPerMinute * SLOT_BYTES))
  return (
    `leak: the use has grown by ${slotsPerMinute.toFixed(1)} slots (${bytes}) a minute for ` +
    `${formatDuration(overMs)}, and gave nothing back${full}`
  )
}

/**
 * Why values are not known, a sentence for each reason; none of what time alone will tell, and of
 * transient pools only where there may be some.
 */
export function unknownTexts({ unknown }: WatchSample): string[] {
  const { transientSlots, ...others } = unknown
  const all = transientSlots?.reason === 'absent' ? others : unknown
  const told = Object.values(all).filter(({ reason }) => reason !== 'too-early')
  return [...new Set(told.map(({ words }) => words))]
}

/** That little is left, and what to do. */
export function nearlyFullText({ usedPercent, leak }: WatchSample): string | undefined {
  if (usedPercent === null || usedPercent < NEARLY_FULL * 100) return undefined
  const next = leak
    ? 'a larger pool only delays it'
    : 'if the use does not fall at rest, it is a leak; else the pool is too small, and `size` tells of a trace how large it must be'
  return `nearly full: a tenth of the pool or less is free; ${next}`
}

/**
 * `252 of 16384 slots used (504 KiB, 1.54 %); hiwater 277; drift +0.0 slots/min`. What is wrong stands
 * first, where a narrow terminal does not cut it off.
 */
export function sampleLine(sample: WatchSample): string {
  const { poolSlots, usedSlots, hiwaterSlots, transientSlots, usedPercent } = sample
  const { driftSlotsPerMinute: drift } = sample
  const of = (
    value: number | null,
    name: WatchName,
    show: (value: number) => string = String,
  ): string => {
    const unknown = sample.unknown[name]
    return value === null ? `(${unknown ? short[unknown.reason] : ''})` : show(value)
  }
  const share = usedPercent === null ? '' : `, ${Number(usedPercent.toFixed(2))} %`
  const size = usedSlots === null ? '' : ` (${formatBytes(usedSlots * SLOT_BYTES)}${share})`
  return [
    ...(sample.leak ? ['LEAK'] : []),
    ...(sample.faults.length > 0 ? ['COUNTER BUG'] : []),
    ...(nearlyFullText(sample) === undefined ? [] : ['NEARLY FULL']),
    `${of(usedSlots, 'usedSlots')} of ${of(poolSlots, 'poolSlots')} slots used${size}`,
    `hiwater ${of(hiwaterSlots, 'hiwaterSlots')}`,
    ...(sample.unknown.transientSlots?.reason === 'absent'
      ? []
      : [`transient ${of(transientSlots, 'transientSlots')}`]),
    `drift ${of(drift, 'driftSlotsPerMinute', (slots) => `${signed(slots)} slots/min`)}`,
  ].join('; ')
}
