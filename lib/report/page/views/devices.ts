/** Who held the slots, and for how long. */
import { deviceName, percent, slotsAsBytes } from '../../words.js'
import { lineFrom, plain, rect } from '../chart.js'
import type { PageDevices } from '../documents/devices.js'
import type { Figure } from '../figure.js'
import { html, px } from '../html.js'
import { rowsChart } from '../rows-chart.js'
import { slotsAxis } from '../slots-axis.js'

export function devicesFigures({
  devices,
  poolPeakSlots,
  certainPeakSlots = null,
}: PageDevices): Figure[] {
  const [first] = devices
  if (!first) return []
  const { inUnit, axis } = slotsAxis(
    devices.map(({ peakSlots }) => peakSlots),
    '',
  )
  const share = poolPeakSlots > 0 ? first.slotsAtPoolPeak / poolPeakSlots : 0
  // What was lost may have been held as well.
  const lossy = certainPeakSlots !== null
  const [peak, when] = lossy
    ? ['the peak of the events that are left', 'the events that are left peak, at']
    : ['the peak of the pool', 'the pool was at its peak of']
  const sentence = `${deviceName(first.device)} held most at one time, ${slotsAsBytes(first.peakSlots)}; when ${when} ${slotsAsBytes(poolPeakSlots)}, it held ${percent(share)} of that.`
  const held = devices.flatMap((device) =>
    device.holdUs ? [{ name: deviceName(device.device), hold: device.holdUs }] : [],
  )
  return [
    {
      title: 'Who held the slots',
      sentence,
      legend: `The bar is the most that a device held at one time; its dark part what it held at ${peak}, and the stroke what it holds at the end.`,
      picture: rowsChart({
        label: `Who held the slots. ${sentence}`,
        ...axis,
        groups: [
          {
            name: '',
            rows: devices.map(({ device, peakSlots, slotsAtPoolPeak, liveSlots }) => ({
              name: deviceName(device),
              draw: (x, y) =>
                html`${rect(x(0), y - 6, x(inUnit(peakSlots)) - x(0), 12, 'part release')}${rect(x(0), y - 6, x(inUnit(slotsAtPoolPeak)) - x(0), 12, 'part search')}${lineFrom(x(inUnit(liveSlots)), y - 8, x(inUnit(liveSlots)), y + 8, 'truth')}`,
            })),
          },
        ],
      }),
      table: {
        columns: [
          { name: 'device' },
          { name: 'maps' },
          { name: 'failed maps' },
          { name: 'most at one time, slots' },
          { name: lossy ? 'at the peak of what is left, slots' : "at the pool's peak, slots" },
          { name: 'at the end, slots' },
          { name: 'maps a second', show: (value) => value.toFixed(1) },
        ],
        rows: devices.map((one) => [
          deviceName(one.device),
          one.maps,
          one.failedMaps,
          one.peakSlots,
          one.slotsAtPoolPeak,
          one.liveSlots,
          one.mapsPerSecond,
        ]),
      },
    },
    ...holdFigure(held),
  ]
}

interface Held {
  readonly name: string
  readonly hold: { readonly median: number; readonly p99: number; readonly longest: number }
}

function holdFigure(held: readonly Held[]): Figure[] {
  const longest = held.reduce<Held | undefined>(
    (a, b) => (a && a.hold.longest >= b.hold.longest ? a : b),
    undefined,
  )
  if (!longest) return []
  const points = ['median', 'p99', 'longest'] as const
  const sentence = `The longest that a mapping was held is ${Math.round(longest.hold.longest)} us, by ${longest.name}.`
  return [
    {
      title: 'How long mappings were held',
      sentence,
      legend: 'Strokes from left to right: the median, 99 % and the longest of those that ended.',
      picture: rowsChart({
        label: `How long mappings were held. ${sentence}`,
        values: held
          .flatMap(({ hold }) => points.map((point) => hold[point]))
          .filter((us) => us > 0),
        log: true,
        axis: 'microseconds',
        show: plain,
        groups: [
          {
            name: '',
            rows: held.map(({ name, hold }) => ({
              name,
              draw: (x, y) =>
                html`${lineFrom(x(hold.median), y, x(hold.longest), y, 'whisker s0')}${points.map((point) => html`<path class="stroke s0" d="M${px(x(hold[point]))},${px(y - 6)}V${px(y + 6)}"/>`)}`,
            })),
          },
        ],
      }),
      table: {
        columns: [
          { name: 'device' },
          { name: 'median, us', show: (us) => us.toFixed(1) },
          { name: '99 %, us', show: (us) => us.toFixed(1) },
          { name: 'longest, us', show: (us) => us.toFixed(1) },
        ],
        rows: held.map(({ name, hold }) => [name, ...points.map((point) => hold[point])]),
      },
    },
  ]
}
