/** A trace by device: who holds the slots. */
import { countOf, formatBytes, formatSlots, usedWords } from '../../data/units.js'
import type { DevicesResult, DeviceUse, HoldSpread, SizeSpread } from '../../results/devices.js'
import { deviceName, joinWords, table, wrap } from '../words.js'

const HEAD = [
  'device',
  'maps',
  'per s',
  'failed',
  'peak slots',
  'at pool peak',
  'no unmap',
  'slots held',
  'bytes: least, median, most',
  'held us: median, p99, longest',
]

const bytesCell = (bytes: SizeSpread | null): string =>
  bytes === null
    ? '-'
    : [bytes.least, bytes.median, bytes.most].map((one) => formatBytes(one)).join(', ')

/** Three digits tell enough of a time. */
const time = (us: number): string =>
  us >= 100 ? Math.round(us).toString() : Number(us.toPrecision(3)).toString()

const holdCell = (hold: HoldSpread | null): string =>
  hold === null ? '-' : [hold.median, hold.p99, hold.longest].map(time).join(', ')

function cells(use: DeviceUse): string[] {
  return [
    deviceName(use.device),
    `${use.maps}`,
    use.mapsPerSecond === null ? '-' : `${Math.round(use.mapsPerSecond)}`,
    `${use.failedMaps}`,
    `${use.peakSlots}`,
    `${use.slotsAtPoolPeak}`,
    `${use.liveMaps}`,
    `${use.liveSlots}`,
    bytesCell(use.bytes),
    holdCell(use.holdUs),
  ]
}

/** How full the pool was; with lost events, what is certain of it and what is left of it. */
function peakWords({ poolPeakSlots, certainPeakSlots: certain }: DevicesResult): string {
  if (certain === null) return `the pool peaks at ${formatSlots(poolPeakSlots)}`
  const known = certain > 0 ? `at least ${usedWords(certain)} in use at one time` : ''
  const left = `the events that are left make a peak of ${formatSlots(poolPeakSlots)}`
  return [known, left].filter((words) => words !== '').join('; ')
}

function liveWords({ devices, certainPeakSlots }: DevicesResult): string {
  const live = devices.filter(({ liveMaps }) => liveMaps > 0)
  if (live.length === 0) {
    return certainPeakSlots === null
      ? 'Every map has its unmap.'
      : 'Of the maps that are left each has its unmap; of those that were lost nothing is known.'
  }
  const parts = live.map(({ device, liveMaps, liveSlots, oldestLiveS }) => {
    const age = oldestLiveS === null ? '' : `, the oldest for ${oldestLiveS.toFixed(3)} s`
    return `${device || 'a device without a name'} holds ${formatSlots(liveSlots)} of ${countOf(liveMaps, 'map')}${age}`
  })
  return `At the end of the trace ${joinWords(parts)}.`
}

function suspectWords({ suspects }: DevicesResult): string[] {
  return suspects.map(
    ({ device, slotsByQuarter }) =>
      `${device || 'A device without a name'} held ${slotsByQuarter.join(', ')} slots after each quarter of the trace, ` +
      'ever more: it may leak mappings, or only be filling its queues. A longer trace, or a second one ' +
      'later, tells which.',
  )
}

/** What attempts tell, and what they do not. */
function attemptsLines({ attempts }: DevicesResult): string[] {
  const head = ['device', 'attempts', 'per s', 'bytes: least, median, most', 'mask', 'up to']
  const rows = attempts.map((one) => [
    one.device,
    `${one.attempts}`,
    one.perSecond === null ? '-' : one.perSecond.toPrecision(3),
    bytesCell(one.bytes),
    one.maskBits === null ? '-' : `${one.maskBits} bits`,
    one.highest,
  ])
  return [
    table(head, rows, head.slice(1)),
    '',
    wrap(
      'The trace has swiotlb_bounced alone: these are attempts. Nothing can be said of how many were in ' +
        'use at one time, how long they were held, or whether they were served: for that, record dma:* ' +
        'events as well (Linux 6.12 or later), or function probes.',
    ),
    ...attempts.map(({ device, why }) => wrap(`Why ${device} bounces: ${why}.`)),
  ]
}

export function devicesText(result: DevicesResult): string {
  if (result.attempts.length > 0) {
    const { file, format, events } = result.trace
    return [
      wrap(`${file}   ${format}, swiotlb_bounced alone; ${countOf(events, 'event')}`),
      '',
      ...attemptsLines(result),
      ...result.warnings.map((text) => wrap(`warning: ${text}`, '  ')),
    ].join('\n')
  }
  const { trace, seconds, devices, warnings } = result
  const time = seconds === null ? '' : ` in ${seconds.toFixed(3)} s`
  return [
    wrap(
      `${trace.file}   ${trace.format}, ${trace.layout}; ${countOf(trace.events, 'event')}${time}; ` +
        peakWords(result),
    ),
    '',
    table(HEAD, devices.map(cells), HEAD.slice(1)),
    '',
    ...warnings.map((text) => wrap(`warning: ${text}`, '  ')),
    wrap(liveWords(result)),
    ...suspectWords(result).map((text) => wrap(text)),
  ].join('\n')
}
