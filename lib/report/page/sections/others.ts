/** Sizings and devices. */
import { countOf, formatSlots, usedWords, verbOf } from '../../../data/units.js'
import { poolFor } from '../../../size/cautions.js'
import { lookWords } from '../../parts/booked.js'
import { enoughWords, meetingsWords, moreLoadSentence, takeWords } from '../../parts/sizing.js'
import { deviceName, shortPath } from '../../words.js'
import type { PageDevices } from '../documents/devices.js'
import { type PageSize, type PageSizing, sizingsOf } from '../documents/size.js'
import type { Kinds } from '../kinds.js'
import { bookedFigure } from '../views/booked.js'
import { devicesFigures } from '../views/devices.js'
import { eachFigure, fragmentFigure, noAnswerWords, sizesFigure } from '../views/size.js'
import { NO_HOST, type Section } from './section.js'

function bearsWords({ bears, answer }: PageSizing): string[] {
  if (!bears || !answer) return []
  const fails = bears.percent === answer.margin && bears.reason
  const why = fails ? ` Of the first: ${bears.reason}.` : ''
  return [`${moreLoadSentence(bears, answer.margin)}${why}`]
}

/** Another area's lock is taken where the CPU's own has no room. */
function spillWords({ rows, answer, noSpill }: PageSizing): string[] {
  const spills = rows.find(({ areas }) => areas === answer?.areas)?.spills ?? 0
  if (!answer || spills === 0) return []
  const without = noSpill ? ` With ${noSpill.parameter} each CPU finds room in its own.` : ''
  return [
    `${countOf(spills, 'map')} ${verbOf(spills, 'is', 'are')} served by another area than that of the CPU.${without}`,
  ]
}

const leastWords = ({ least, answer }: PageSizing): string[] =>
  least && answer && least.slots < answer.slots
    ? [`The least that serves, in ${countOf(least.areas, 'area')}: ${least.parameter}.`]
    : []

/** The answer, where the line for the machine, which stands first, is not the same. */
function answerWords(sizing: PageSizing): string[] {
  const { answer, cautions } = sizing
  if (!answer) return [noAnswerWords(sizing)]
  if (cautions.length > 0 && poolFor(sizing)?.parameter === answer.parameter) return []
  const margin = answer.margin > 0 ? `, for the trace and ${answer.margin} % more of it` : ''
  return [
    `The smallest pool with no failed map: ${answer.parameter}, ${formatSlots(answer.slots)} in ${countOf(answer.areas, 'area')}${margin}.`,
  ]
}

/** What half of it would do. */
function halfWords({ oneLess, answer }: PageSizing): string[] {
  if (!oneLess || !answer) return []
  const { slots, failedMaps, reason } = oneLess
  if (failedMaps === 0) return [`Half of it is no choice: ${reason}.`]
  return [
    `Half of it, swiotlb=${slots},${answer.areas}, fails ${countOf(failedMaps, 'map')}; of the first: ${reason}.`,
  ]
}

/** What was asked about, and the answer to it. */
const askedWords = ({ enough, provenSlots, asked, answer, meetings }: PageSizing): string[] =>
  enough
    ? [
        enoughWords(enough, {
          provenSlots,
          marginPercent: asked?.marginPercent ?? answer?.margin ?? 0,
          meetings,
        }),
      ]
    : []

function sizingSection(sizing: PageSizing, kinds: Kinds): Section {
  const { name, answer, booked, sampling, neverServed } = sizing
  const margin = answer && answer.margin > 0 ? `, which bears ${answer.margin} % more load,` : ''
  return {
    title: `The size for ${shortPath(name)}`,
    findings: [
      ...askedWords(sizing),
      ...sizing.cautions,
      ...answerWords(sizing),
      ...leastWords(sizing),
      ...halfWords(sizing),
      ...bearsWords(sizing),
      ...(sizing.current?.sentence === undefined ? [] : [sizing.current.sentence]),
      ...spillWords(sizing),
      ...(neverServed > 0 ? [`${countOf(neverServed, 'map')} no size serves: left out.`] : []),
    ],
    // Behind the line and what a confidential VM makes of it: what the trace has too little of.
    doubt: sizing.cautions.slice(2).at(-1),
    facts: [
      ['trace', `${name}: ${countOf(sizing.maps, 'map')} on ${countOf(sizing.cpus, 'CPU')}`],
      ['asked for at one time', formatSlots(sizing.demandPeakSlots)],
      ['largest map', formatSlots(sizing.largestMapSlots)],
      NO_HOST,
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
                name: lookWords(periodS),
                bookedSlots,
                reportedSlots: medianSlots,
                served,
              })),
            ],
            { slots: answer.slots, words: `By the answer${margin}` },
            kinds,
          )
        : []),
    ],
    notes: [],
  }
}

export const sizeSections = (size: PageSize, kinds: Kinds): Section[] =>
  sizingsOf(size).map(({ sizing }, i) => {
    const section = sizingSection(sizing, kinds)
    if (i > 0 || !size.traces) return section
    return {
      ...section,
      // The last of them tells on which trace the line of all rests.
      doubt: size.together?.meetings ? size.together.cautions.at(-1) : section.doubt,
      findings: [
        ...takeWords(size.traces, size.together),
        ...meetingsWords(size.together),
        ...section.findings,
      ],
      figures: [...eachFigure(size), ...section.figures],
    }
  })

/** Where events were lost; nothing where nothing is certain. */
const certainWords = ({ certainPeakSlots }: PageDevices): string[] =>
  certainPeakSlots ? [`At least ${usedWords(certainPeakSlots)} in use at one time.`] : []

export function devicesSection(devices: PageDevices): Section {
  const { trace, seconds, suspects } = devices
  return {
    title: `The devices of ${shortPath(trace.file)}`,
    findings: [
      ...certainWords(devices),
      ...suspects.map(
        ({ device }) =>
          `${deviceName(device)} never gave back what it held after a quarter, and holds more each time.`,
      ),
    ],
    facts: [
      ['trace', `${trace.file}: ${trace.format}, ${countOf(trace.events, 'event')}`],
      ...(seconds === null ? [] : [['length', `${seconds.toFixed(3)} s`] as const]),
      NO_HOST,
    ],
    warnings: devices.warnings,
    figures: devicesFigures(devices),
    notes: [],
  }
}
