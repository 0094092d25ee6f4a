/** Booted kernels, and the port on the traces of their boots. */
import { countOf, formatSlots, verbOf } from '../../../data/units.js'
import { bootedPromise, verdictWords } from '../../parts/promise.js'
import type { PageBoot } from '../documents/check.js'
import type { Kinds } from '../kinds.js'
import { besidePortFigure, outsideOf } from '../views/beside-port.js'
import { marksFigure } from '../views/marks.js'
import type { Section } from './section.js'

/** In a title. */
const MOST_NAMED = 4

function toldOf({ rows }: PageBoot) {
  return rows.flatMap(({ tracker, told: { promise, after, truth }, judgement }) => {
    if (!promise || !after || !truth) return []
    const { hiwater } = after
    const error = hiwater > truth.most ? hiwater - truth.most : Math.min(0, hiwater - truth.least)
    return [
      {
        tracker,
        promise: bootedPromise(promise, 'kinds'),
        reportedSlots: promise.unmarked > 0 ? null : hiwater,
        errorSlots: promise.unmarked > 0 ? null : error,
        truthSlots: { low: truth.least, high: truth.most },
        promiseBroken: judgement.verdict === 'broken',
      },
    ]
  })
}

function warningsOf(boot: PageBoot): string[] {
  const { rows } = boot
  return [
    ...rows
      .filter(({ judgement }) => judgement.verdict === 'void' || judgement.verdict === 'broken')
      .map(({ tracker, judgement }) => `${tracker}: ${judgement.verdict}`),
    ...rows.flatMap(({ tracker, told: { alarms } }) => {
      const found = alarms?.found ?? 0
      if (found === 0) return []
      return [`${tracker}: the kernel complained in ${countOf(found, 'line')} of its log`]
    }),
    ...outsideOf(boot).map(
      (tracker) => `${tracker}: the port's peak is not what the probes say was in use`,
    ),
  ]
}

export function bootSection(boot: PageBoot, kinds: Kinds): Section {
  const { kernel, version, kind, machine, rows, replayed } = boot
  return {
    title: `Booted: ${rows.length > MOST_NAMED ? countOf(rows.length, 'tracker') : rows.map(({ tracker }) => tracker).join(', ')}`,
    findings: rows.map(
      ({ tracker, judgement: { verdict, why } }) =>
        `${tracker}: ${verdictWords[verdict]}${why === null ? '' : `, ${why}`}.`,
    ),
    facts: [
      ['kernel', version === null ? kernel : `${kernel} (Linux ${version})`],
      [
        'machine',
        `${countOf(machine.cpus, 'emulated CPU')} (${kind.arch}), ${formatSlots(machine.slots)} in ${countOf(machine.areas, 'area')}, ${kind.dynamic ? 'which may grow' : 'which cannot grow'}`,
      ],
      [
        'load',
        `${countOf(machine.readers, 'reader')} ${verbOf(machine.readers, 'reads', 'read')} a disk for ${machine.seconds} s`,
      ],
      ['checks of locks', kind.lockdep ? 'on' : 'off'],
      ...(replayed.length > 0 ? [['traces replayed', String(replayed.length)] as const] : []),
      ['host', 'none is named: the machine is emulated, and nothing is timed in it'],
    ],
    warnings: warningsOf(boot),
    figures: [...marksFigure(toldOf(boot), kinds), ...besidePortFigure(boot, kinds)],
    notes: [],
  }
}
