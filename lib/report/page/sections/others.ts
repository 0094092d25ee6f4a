/** Sizings, devices, searches and booted kernels. */
import { countOf, formatSlots } from '../../../data/units.js'

import type { Finding } from '../../../results/check.js'
import type { PageBoot, PageCheck, PageFailed } from '../documents/check.js'
import type { PageDevices } from '../documents/devices.js'
import { type PageSize, type PageSizing, sizingsOf } from '../documents/size.js'
import type { Kinds } from '../kinds.js'
import { bookedFigure } from '../views/booked.js'
import { devicesFigures } from '../views/devices.js'
import { marksFigure } from '../views/marks.js'
import { fragmentFigure, sizesFigure } from '../views/size.js'
import type { Section } from './section.js'

const HOST = ['host', 'none: nothing here depends on it'] as const

function bearsWords({ bears, answer }: PageSizing): string[] {
  if (!bears || !answer) return []
  return bears.percent === 0
    ? [`With ${bears.tried[0] ?? 0} % more load maps fail in it.`]
    : [`It bears ${bears.percent} % more load, of those that were tried.`]
}

function sizingSection(sizing: PageSizing, kinds: Kinds): Section {
  const { name, answer, booked, sampling, neverServed } = sizing
  return {
    title: `The size for ${name}`,
    findings: [
      answer
        ? `The smallest pool with no failed map: ${answer.parameter}, ${formatSlots(answer.slots)} in ${countOf(answer.areas, 'area')}${answer.margin > 0 ? `, for the trace and ${answer.margin} % more of it` : ''}.`
        : 'No pool size serves this trace.',
      ...bearsWords(sizing),
      ...(neverServed > 0 ? [`${countOf(neverServed, 'map')} no size serves: left out.`] : []),
    ],
    facts: [
      ['trace', `${countOf(sizing.maps, 'map')} on ${countOf(sizing.cpus, 'CPU')}`],
      ['asked for at one time', formatSlots(sizing.demandPeakSlots)],
      ['largest map', formatSlots(sizing.largestMapSlots)],
      HOST,
    ],
    warnings: sizing.warnings,
    figures: [
      ...sizesFigure(sizing),
      ...fragmentFigure(sizing),
      ...(answer
        ? bookedFigure(
            [
              ...booked.map((row) => ({ ...row, name: row.tracker })),
              ...sampling.map(({ periodS, bookedSlots, medianSlots, served }) => ({
                name: `a look each ${periodS} s`,
                bookedSlots,
                reportedSlots: medianSlots,
                served,
              })),
            ],
            { slots: answer.slots, words: 'By the answer' },
            kinds,
          )
        : []),
    ],
    notes: [],
  }
}

export const sizeSections = (size: PageSize, kinds: Kinds): Section[] =>
  sizingsOf(size).map(({ sizing }) => sizingSection(sizing, kinds))

export function devicesSection(devices: PageDevices): Section {
  const { trace, seconds, suspects } = devices
  return {
    title: `The devices of ${trace.file}`,
    findings: suspects.map(
      ({ device }) =>
        `${device} never gave back what it held after a quarter, and holds more each time.`,
    ),
    facts: [
      ['trace', `${trace.format}, ${countOf(trace.events, 'event')}`],
      ...(seconds === null ? [] : [['length', `${seconds.toFixed(3)} s`] as const]),
      HOST,
    ],
    warnings: devices.warnings,
    figures: devicesFigures(devices),
    notes: [],
  }
}

/** The mark beside what any order of the operations allows, in the schedule that was found. */
const foundFigure = (
  tracker: string,
  promise: string,
  found: Finding | null,
  kinds: Kinds,
): Section['figures'] =>
  found === null
    ? []
    : marksFigure(
        [
          {
            tracker,
            promise,
            reportedSlots: found.reportedSlots,
            errorSlots:
              found.reportedSlots > found.envelopeSlots.high
                ? found.reportedSlots - found.envelopeSlots.high
                : Math.min(0, found.reportedSlots - found.envelopeSlots.low),
            truthSlots: found.envelopeSlots,
            promiseBroken: found.promiseBroken,
          },
        ],
        kinds,
      )

const logLines = (found: Finding | null): string[] => found?.log.split('\n').filter(Boolean) ?? []

export function checkSection(check: PageCheck, kinds: Kinds): Section {
  const { tracker, wanted, found, schedules, accesses, promise, own } = check
  const tried = `${countOf(schedules, 'schedule')} with ${countOf(accesses, 'access').replace(/accesss$/, 'accesses')}`
  return {
    title: `A search on ${tracker}`,
    findings: [
      found
        ? `Seed ${found.seed} shows what was looked for (${wanted}): ${found.findings.join(', ')}${found.promiseBroken ? '; the promise is broken' : ''}.`
        : `Nothing of the kind (${wanted}) was found in ${tried}, which says nothing of others.`,
    ],
    facts: [
      ...(own
        ? [
            [
              'tracker file',
              `${own.file}${own.compiler === null ? '' : `, ${own.compiler}`}`,
            ] as const,
          ]
        : []),
      ['searched', tried],
      ['promise', promise],
      HOST,
    ],
    warnings: found?.promiseBroken ? [`${tracker} broke its promise`] : [],
    figures: foundFigure(tracker, promise, found, kinds),
    notes: logLines(found),
  }
}

/** A tracker file that could not be run, or searched. */
export function failedSection({ tracker, file, faults, found }: PageFailed, kinds: Kinds): Section {
  return {
    title: tracker,
    findings: [`Nothing could be found out of ${tracker}.`],
    facts: [['tracker file', file], HOST],
    warnings: faults,
    figures: foundFigure(tracker, 'not kept', found, kinds),
    notes: logLines(found),
  }
}

const bounded = ({
  under,
  over,
  unmarked,
}: {
  under: number
  over: number
  unmarked: number
}): string => {
  if (unmarked > 0 || (under < 0 && over < 0)) return 'none'
  if (under === 0 && over === 0) return 'exact'
  if (under === 0) return 'never under'
  return over === 0 ? 'never over' : 'bounded'
}

export function bootSection({ kernel, version, machine, rows }: PageBoot, kinds: Kinds): Section {
  const told = rows.flatMap(({ tracker, told: { promise, after, truth }, judgement }) => {
    if (!promise || !after || !truth) return []
    const { hiwater } = after
    const error = hiwater > truth.most ? hiwater - truth.most : Math.min(0, hiwater - truth.least)
    return [
      {
        tracker,
        promise: bounded(promise),
        reportedSlots: promise.unmarked > 0 ? null : hiwater,
        errorSlots: promise.unmarked > 0 ? null : error,
        truthSlots: { low: truth.least, high: truth.most },
        promiseBroken: judgement.verdict === 'broken',
      },
    ]
  })
  return {
    title: `Booted: ${rows.map(({ tracker }) => tracker).join(', ')}`,
    findings: rows.map(
      ({ tracker, judgement: { verdict, why } }) =>
        `${tracker}: ${verdict === 'none' ? 'nothing promised' : verdict}${why === null ? '' : `, ${why}`}.`,
    ),
    facts: [
      ['kernel', version === null ? kernel : `${kernel} (Linux ${version})`],
      [
        'machine',
        `${countOf(machine.cpus, 'emulated CPU')}, ${formatSlots(machine.slots)} in ${countOf(machine.areas, 'area')}`,
      ],
    ],
    warnings: rows
      .filter(({ judgement }) => judgement.verdict === 'void' || judgement.verdict === 'broken')
      .map(({ tracker, judgement }) => `${tracker}: ${judgement.verdict}`),
    figures: marksFigure(told, kinds),
    notes: [],
  }
}
