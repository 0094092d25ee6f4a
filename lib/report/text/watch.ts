/** A look at a pool's counters, on one line of any width. */
import { formatBytes, formatDuration, SLOT_BYTES } from '../../data/units.js'
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
function leakText({ leak }: WatchSample): string | undefined {
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
function unknownTexts({ unknown }: WatchSample): string[] {
  const { transientSlots, ...others } = unknown
  const all = transientSlots?.reason === 'absent' ? others : unknown
  const told = Object.values(all).filter(({ reason }) => reason !== 'too-early')
  return [...new Set(told.map(({ words }) => words))]
}

/** Numbers change from look to look while the matter is the same. */
const matterOf = (text: string): string => text.replace(/\d+/g, '#')

/** What a terminal is told once, above the line that changes. */
export class Told {
  #before: ReadonlySet<string> = new Set()

  /** Those that were not true at the look before. */
  news(sample: WatchSample): string[] {
    const leak = leakText(sample)
    const said = new Map([
      // Its words change with the units, too.
      ...(leak === undefined ? [] : [['leak', leak] as const]),
      ...[...sample.faults, ...unknownTexts(sample)].map((text) => [matterOf(text), text] as const),
    ])
    const news = [...said].filter(([matter]) => !this.#before.has(matter))
    this.#before = new Set(said.keys())
    return [...news.map(([, text]) => text), ...sample.notes]
  }
}

/** What is wrong, in words and short. */
const alarms = ({ leak, faults, nearlyFull }: WatchSample, short: boolean): string[] => [
  ...(leak ? ['LEAK'] : []),
  ...(faults.length > 0 ? [short ? 'BUG' : 'COUNTER BUG'] : []),
  ...(nearlyFull ? [short ? 'FULL' : 'NEARLY FULL'] : []),
]

/**
 * `252 of 16384 slots used (504 KiB, 1.54 %); hiwater 277; drift +0.0 slots/min`, or shorter where there is
 * less room: what is wrong and the share that is used stand first, and nothing of it is cut off.
 *
 * @param room characters
 */
export function sampleLine(sample: WatchSample, room = Number.POSITIVE_INFINITY): string {
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
  const some = (value: number | null, show: (value: number) => string = String): string =>
    value === null ? '?' : show(value)
  const share = usedPercent === null ? '' : `, ${Number(usedPercent.toFixed(2))} %`
  const size = usedSlots === null ? '' : ` (${formatBytes(usedSlots * SLOT_BYTES)}${share})`
  const transient = sample.unknown.transientSlots?.reason !== 'absent'
  const percent = some(usedPercent, (value) => `${Number(value.toFixed(1))} %`)
  const lines = [
    [
      ...alarms(sample, false),
      `${of(usedSlots, 'usedSlots')} of ${of(poolSlots, 'poolSlots')} slots used${size}`,
      `hiwater ${of(hiwaterSlots, 'hiwaterSlots')}`,
      ...(transient ? [`transient ${of(transientSlots, 'transientSlots')}`] : []),
      `drift ${of(drift, 'driftSlotsPerMinute', (slots) => `${signed(slots)} slots/min`)}`,
    ].join('; '),
    [
      ...alarms(sample, false),
      `${percent}: ${some(usedSlots)} of ${some(poolSlots)}`,
      `hiwater ${some(hiwaterSlots)}`,
      ...(transient ? [`transient ${some(transientSlots)}`] : []),
      `drift ${some(drift, signed)}/min`,
    ].join('; '),
    [
      [...alarms(sample, true), percent].join(' '),
      `hiwater ${some(hiwaterSlots)}`,
      `${some(drift, signed)}/min`,
    ].join('; '),
    [[...alarms(sample, true), percent].join(' '), some(hiwaterSlots), some(drift, signed)].join(
      ' ',
    ),
  ]
  return lines.find(({ length }) => length <= room) ?? lines.at(-1) ?? ''
}
