/** What a kernel makes of a command line, in words. */
import { familyWords } from '../../boot/family.js'
import {
  confidentialWays,
  type Pool,
  type ReadValue,
  readingParts,
  type Told,
} from '../../boot/told.js'
import { countOf, formatBytes, formatSlots, SLOT_BYTES } from '../../data/units.js'
import { type InFlight, slotsInFlight } from '../../param/in-flight.js'
import { fitted, table, wrap } from '../words.js'

function readWords({ value, ignored, dropped, ...reading }: ReadValue): string {
  const read = ignored ? 'nothing' : readingParts(reading, formatSlots).join(', ')
  const rest =
    dropped === null
      ? ''
      : `; "${dropped.text}" is dropped without a word: ${dropped.why}` +
        (dropped.meant === null ? '' : `. If that was meant: ${dropped.meant}`)
  return wrap(`swiotlb=${value} says ${read}${rest}`, '  ')
}

function poolWords({ slots, areas }: Pool): string {
  if (slots === null) return 'not known'
  if (slots === 0) return 'none'
  return `${formatSlots(slots)}${areas === null ? '' : `, ${countOf(areas, 'area')}`}`
}

function poolLines(title: string, pool: Pool): string[] {
  return [
    wrap(`${title}: ${poolWords(pool)}`, '  '),
    ...pool.steps.map((step) => wrap(step, '    ', '  - ')),
  ]
}

/** Areas beyond the CPUs: a search begins in that of its CPU, so that it comes to them from others only. */
function spareLines({ pool: { slots, areas }, cpus }: Told): string[] {
  if (cpus === null || slots === null || areas === null || areas <= cpus) return []
  const spare = areas - cpus
  const which =
    spare === 1
      ? `area ${cpus} is the one of no CPU: it is`
      : `areas ${cpus} ${spare === 2 ? 'and' : 'to'} ${areas - 1} are those of no CPU: they are`
  const bytes = formatBytes((slots / areas) * spare * SLOT_BYTES)
  return [wrap(`${which} reached only where another is full (${bytes})`, '    ', '  - ')]
}

const bounceWords = {
  force: 'Every mapping of every device bounces (force).',
  noforce:
    'No pool is made and nothing bounces; a device that has to, fails (noforce). In a confidential VM (SEV, TDX) every device has to.',
} as const

function machineWords({ kernel, cpus, memoryBytes }: Told): string {
  return [
    `as ${familyWords[kernel]} reads it`,
    ...(cpus === null ? [] : [countOf(cpus, 'CPU')]),
    ...(memoryBytes === null ? [] : [`${formatBytes(memoryBytes)} of memory`]),
  ].join(', ')
}

/** A line for each kind of machine, where they differ. */
function askLines(told: Told): string[] {
  const { parameter } = told
  if (parameter === null) return []
  const ways = confidentialWays(told)
  if (ways === '') {
    return [
      '',
      fitted(`to ask for that pool, in a confidential VM (SEV, TDX) as well: ${parameter}`),
    ]
  }
  return [
    '',
    fitted(`to ask for that pool: ${parameter}`),
    wrap(
      `in a confidential VM (SEV, TDX), to which that number counts as not given: ${ways}`,
      '  ',
    ),
  ]
}

export function paramText(told: Told): string {
  const { text, values, bounce, pool, byCpus, confidential, warnings } = told
  const open = pool.slots === null && byCpus.length > 0
  return [
    wrap(`${text === '' ? '(no command line)' : text}: ${machineWords(told)}`, '  '),
    '',
    ...(values.length === 0
      ? [fitted('It says nothing of swiotlb: the default of 64 MiB holds.')]
      : values.map(readWords)),
    ...(bounce === null ? [] : [wrap(bounceWords[bounce], '  ')]),
    ...(told.trackHiwater ? [fitted('The high-water mark is kept (track_hiwater).')] : []),
    '',
    ...(open
      ? [
          fitted('the pool hangs on the number of possible CPUs:'),
          table(
            ['CPUs', 'pool', 'areas'],
            byCpus.map((one) => [
              `${one.cpus}`,
              one.slots === null ? 'not known' : formatSlots(one.slots),
              `${one.areas ?? '-'}`,
            ]),
            ['CPUs', 'areas'],
          ),
        ]
      : [...poolLines('pool', pool), ...spareLines(told)]),
    ...(confidential ? poolLines('pool of a confidential VM (SEV, TDX)', confidential) : []),
    ...(open ? [] : askLines(told)),
    ...(warnings.length === 0
      ? []
      : ['', ...warnings.map((warning) => wrap(`warning: ${warning}`, '  '))]),
  ].join('\n')
}

/** What may be in flight, device by device, and how far that is from what is needed. */
export function inFlightText(devices: readonly InFlight[]): string {
  const sum = slotsInFlight(devices)
  return [
    table(
      ['device', 'queues', 'depth', 'request', 'slots each', 'slots at most', ''],
      devices.map(({ name, queues, depth, bytes, slotsEach, slots }) => [
        name,
        `${queues}`,
        `${depth}`,
        formatBytes(bytes),
        `${slotsEach}`,
        `${slots}`,
        formatBytes(slots * SLOT_BYTES),
      ]),
      ['queues', 'depth', 'request', 'slots each', 'slots at most'],
    ),
    '',
    wrap(
      `In flight if every queue is full: ${formatSlots(sum)}. That is where to begin, and no answer: it is more than is ` +
        'needed where queues are never full at once, and less where a driver maps more pieces, or areas fragment. ' +
        'Record the load, and let size tell.',
    ),
  ].join('\n')
}
