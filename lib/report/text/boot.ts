/** Trackers in a booted kernel, as a table. */
import { checkObject } from '../../data/options.js'
import { countOf } from '../../data/units.js'
import type { GuestResult, GuestRow } from '../../guest/guest.js'
import type { Verdict } from '../../guest/judge.js'
import { whyWords } from '../parts/guest.js'
import { bootedPromise, verdictWords } from '../parts/promise.js'
import { table, wrap } from '../words.js'

/** Those that nobody may overlook. */
const LOUD: readonly Verdict[] = ['broken', 'void']

const verdictOf = ({ judgement: { verdict } }: GuestRow): string =>
  LOUD.includes(verdict) ? verdictWords[verdict].toUpperCase() : verdictWords[verdict]

const slotsOrNone = (slots: number | undefined): string =>
  slots === undefined || slots < 0 ? '-' : `${slots}`

function errorWords({ told: { after, truth, promise } }: GuestRow): string {
  if (!after || !truth || promise?.unmarked) return '-'
  if (after.hiwater < truth.least) return `-${truth.least - after.hiwater}`
  return after.hiwater > truth.most ? `+${after.hiwater - truth.most}` : '0'
}

const rowOf = (row: GuestRow): string[] => {
  const { tracker, told, buildSeconds, bootSeconds } = row
  return [
    tracker,
    bootedPromise(told.promise, 'slots'),
    slotsOrNone(told.promise?.unmarked ? -1 : told.after?.hiwater),
    told.truth ? `${told.truth.least}..${told.truth.most}` : '-',
    slotsOrNone(told.after?.true_hiwater),
    errorWords(row),
    verdictOf(row),
    slotsOrNone(told.alarms?.found),
    `${buildSeconds.toFixed(0)} + ${bootSeconds.toFixed(0)}`,
  ]
}

function roomWords({ tracker, told: { probes } }: GuestRow): string[] {
  const failed = probes ? probes.mappings - probes.mapped : 0
  if (!probes || failed <= 0) return []
  return [wrap(`${tracker}: ${failed} of ${countOf(probes.mappings, 'map')} found no room.`, '  ')]
}

const HEAD = [
  'tracker',
  'promise, slots',
  'hiwater',
  'by probes',
  'counted',
  'off by',
  'verdict',
  'alarms',
  'build + boot, s',
]

const EMULATED =
  'An emulator on x86-64 orders memory as x86-64 does: a barrier that a tracker lacks on arm64 is not seen.'

/** @returns lines without an end */
export function bootText(result: GuestResult): string {
  const { kernel, version, kind, machine, rows } = checkObject(
    'result',
    result,
    'what bootTrackers() gives',
  )
  const { slots, areas, cpus, readers, seconds } = machine
  const head = wrap(
    `${kernel}${version === null ? '' : ` (Linux ${version})`}${kind.arch === 'arm64' ? ' on arm64' : ''}, ` +
      `${kind.dynamic ? 'growing' : 'static'} pool of ${countOf(slots, 'slot')} in ` +
      `${countOf(areas, 'area')}${kind.lockdep ? ', with the checks of locks' : ''}; ` +
      `${countOf(cpus, 'emulated CPU')}, ${countOf(readers, 'reader')} for ${seconds} s`,
  )
  const notes = rows.flatMap((row) => {
    const { tracker, judgement, told } = row
    return [
      ...(judgement.why === null ? [] : [whyWords(tracker, judgement.why)]),
      ...roomWords(row),
      ...told.alarmLines.map((line) => `${tracker}: ${line}`),
    ]
  })
  const right = ['hiwater', 'by probes', 'counted', 'off by', 'alarms', 'build + boot, s']
  return [
    head,
    table(HEAD, rows.map(rowOf), right),
    ...(notes.length > 0 ? [notes.join('\n')] : []),
    ...(kind.arch === 'arm64' ? [wrap(EMULATED)] : []),
  ].join('\n\n')
}
