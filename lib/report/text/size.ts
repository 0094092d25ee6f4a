/** A sizing: the smallest pool, why it is not smaller, and what else is to be known. */
import { hasAreas } from '../../boot/family.js'
import {
  countOf,
  formatBytes,
  formatSlots,
  SEGMENT_SLOTS,
  SLOT_BYTES,
  usedWords,
  verbOf,
} from '../../data/units.js'
import type { AreaRow, Failure, PoolSize, SizeResult, Sizing } from '../../results/size.js'
import { rowWidth } from '../fit.js'
import { bookedWords, samplingWords } from '../parts/booked.js'
import { fitted, joinWords, slotsAsBytes, table, wrap } from '../words.js'

/** Characters of a picture that stay together where its rows are made shorter. */
const GROUP = 8

const poolWords = ({ slots, areas, parameter }: PoolSize): string =>
  `${parameter}, ${formatSlots(slots)} in ${countOf(areas, 'area')}`

function headline({ name, maps, cpus, demandPeakSlots, largestMapSlots, atLeast }: Sizing): string {
  const left = atLeast ? 'of what is left, ' : ''
  return (
    `${name}   ${countOf(maps, 'map')} on ${countOf(cpus, 'CPU')}; ${left}at most ${formatSlots(demandPeakSlots)} ` +
    `${verbOf(demandPeakSlots, 'is', 'are')} asked for at one time, and at most ${formatSlots(largestMapSlots)} by one map`
  )
}

/** Where the order of the trace was lucky: the answer alone would pass for one that always serves. */
function otherOrdersWords({ answer, sensitivity }: Sizing): string {
  if (!answer || !sensitivity || sensitivity.high <= answer.slots) return ''
  return ` In another order of the overlapping operations it takes up to ${formatSlots(sensitivity.high)}.`
}

function answerWords({ answer, least, cpus, atLeast, neverServed, provenSlots }: Sizing): string {
  if (atLeast) {
    const mark = provenSlots > 0 ? `; ${usedWords(provenSlots)} in use for certain` : ''
    return (
      `No answer, since events were lost; at least ${formatSlots(atLeast.slots)}, ${atLeast.parameter}, ` +
      `which serves what is left${mark}. What the lost events asked for may need more.`
    )
  }
  if (!answer) return 'No pool size serves this trace.'
  const { margin } = answer
  const load = margin === 0 ? 'the trace as it is' : `the trace and ${margin} % more of it`
  const rest = neverServed > 0 ? `, but for ${countOf(neverServed, 'map')} that no size serves` : ''
  const [machine, fewer] =
    !least || least.slots >= answer.slots
      ? ['', '']
      : [` on ${countOf(cpus, 'CPU')}`, ` The least that serves is ${poolWords(least)}.`]
  return `The smallest pool with no failed map${machine}: ${poolWords(answer)}, for ${load}${rest}.${fewer}`
}

function bearsWords({ answer, bears, loadPeakSlots }: Sizing): string {
  if (!answer || !bears) return ''
  const free = Math.max(0, answer.slots - loadPeakSlots)
  const most = bears.tried.at(-1) ?? 0
  const than = answer.margin === 0 ? 'load' : "load than the trace's"
  const load =
    bears.percent === answer.margin
      ? `with ${bears.tried[0]} % more ${than} maps fail`
      : bears.percent === most
        ? `it bears at least ${most} % more ${than}`
        : `it bears ${bears.percent} % more ${than}`
  const when = answer.margin === 0 ? '' : ' of that load'
  return (
    ` At the busiest moment${when} ${formatSlots(free)} of it ${verbOf(free, 'is', 'are')} free, and ${load}` +
    (answer.margin === 0 ? '; --margin asks for a share of more load' : '') +
    '.'
  )
}

/** Each number of areas, beside what they cost. */
function rowsTable(rows: readonly AreaRow[]): string {
  const cell = (size: PoolSize | null): string =>
    size ? `${size.slots}, ${formatBytes(size.bytes)}` : 'no size'
  return table(
    ['areas', 'no failed map', 'spills', 'no spill', 'never less than'],
    rows.map((row) => [
      `${row.areas}`,
      cell(row.serves),
      row.serves ? `${row.spills}` : '-',
      cell(row.noSpill),
      formatBytes(row.leastBytes),
    ]),
    ['areas', 'no failed map', 'spills', 'no spill', 'never less than'],
  )
}

/** Without an answer events were lost, or maps were left out. */
const needsWord = ({ answer }: Sizing): string => (answer ? 'needs' : 'needs at least')

function areasWords(sizing: Sizing): string {
  const { rows, oneArea, noSpill, answer } = sizing
  const served = rows.flatMap(({ serves }) => (serves ? [serves] : []))
  const cheapest = Math.min(...served.map(({ bytes }) => bytes))
  const dearest = served.at(-1)
  const cost =
    dearest && dearest.bytes > cheapest
      ? ` ${countOf(dearest.areas, 'area')} cost ${formatBytes(dearest.bytes - cheapest)} more than the fewest that do.`
      : ''
  const spill =
    noSpill && answer
      ? ` Each CPU finds room in its own area with ${noSpill.parameter} (${formatBytes(noSpill.bytes)}).`
      : ''
  const one = oneArea
    ? ` A restricted pool, or a kernel before 6.0, which has one area and steps of ${SEGMENT_SLOTS} slots, ${needsWord(sizing)} ${formatSlots(oneArea.slots)}.`
    : ''
  return `Each area has a lock of its own, and takes at least a segment of ${SEGMENT_SLOTS} slots.${cost}${spill}${one}`
}

/** The pool that was asked about, and what made it another than was typed. */
function enoughPool({
  slots,
  areas,
  asked,
  parameter,
  kernel,
  cpus,
}: NonNullable<Sizing['enough']>): string {
  const ownAreas = asked.includes(',')
  const who = hasAreas(kernel) ? 'the kernel' : 'a kernel before 6.0'
  const where = ownAreas || !hasAreas(kernel) ? '' : ` on ${countOf(cpus, 'CPU')}`
  const pool = `${formatSlots(slots)} in ${countOf(areas, 'area')}`
  if (asked !== (ownAreas ? `${slots},${areas}` : `${slots}`)) {
    return `${pool} (asked for ${asked}; ${who} makes ${parameter} of it${where})`
  }
  return ownAreas ? pool : `${pool}, as ${who} makes it${where},`
}

/** Nobody said how many CPUs there are: then the areas may be others. */
function unsaidCpusWords({ asked, kernel, cpus, cpusFrom }: NonNullable<Sizing['enough']>): string {
  if (asked.includes(',') || !hasAreas(kernel) || cpusFrom !== 'trace') return ''
  return ` The trace shows ${countOf(cpus, 'CPU')}, and nothing says how many the machine has: --cpus does.`
}

function enoughWords({ enough, provenSlots, asked: { marginPercent } }: Sizing): string[] {
  if (!enough) return []
  const margin = marginPercent === 0 ? '' : ` of the trace and ${marginPercent} % more of it`
  const { served, failedMaps } = enough
  const pool = enoughPool(enough)
  const unsaid = unsaidCpusWords(enough)
  if (served) return [`Enough: ${pool} serve every map${margin}.${unsaid}`]
  if (served === null) {
    return [`Not known: ${pool} serve every map that is left, but events were lost.${unsaid}`]
  }
  if (failedMaps === 0) {
    return [
      `Not enough: ${usedWords(provenSlots)} in use for certain, and ${pool} are fewer.${unsaid}`,
    ]
  }
  return [
    `Not enough: in ${pool} ${countOf(failedMaps, 'map')}${margin} ${verbOf(failedMaps, 'fails', 'fail')}.${unsaid}`,
  ]
}

function failureWords(failure: Failure): string {
  const { map, seconds, device, cpu, bytes, homeArea, areas } = failure
  const when = seconds === null ? '' : `, ${seconds.toFixed(3)} s after the trace began`
  const who = device === null || device === '' ? '' : ` of ${device}`
  const own = areas[homeArea]
  const home = own
    ? ` Its search began in area ${homeArea}, of which ${countOf(own.usedSlots, 'slot')} ${verbOf(own.usedSlots, 'is', 'are')} used and ${own.freeSlots} free.`
    : ''
  return `The first that fails is map ${map}${who} on CPU ${cpu}, ${formatBytes(bytes)}${when}: ${failure.reason}.${home}`
}

/** Rows as long as the terminal has room for, by whole groups of slots. */
function pictureRows(picture: readonly string[]): readonly string[] {
  const room = rowWidth() - 2
  if (picture.every((line) => line.length <= room)) return picture
  const row = Math.max(GROUP, room - (room % GROUP))
  return picture.join('').match(new RegExp(`.{1,${row}}`, 'g')) ?? []
}

/** The home area at that moment, in characters. */
function pictureLines({ picture, homeArea, slotsPerCharacter }: Failure): string[] {
  const each = slotsPerCharacter === 1 ? 'a slot' : `${slotsPerCharacter} slots`
  const shades = slotsPerCharacter === 1 ? '' : ', - up to half used, + more'
  return [
    fitted(`area ${homeArea}, ${each} a character: . free, # used${shades}`),
    ...pictureRows(picture).map((line) => `  ${line}`),
  ]
}

function oneLessLines({ oneLess, answer }: Sizing): string[] {
  if (!oneLess || !answer) return []
  const { failedMap, failedMaps, slots, reason } = oneLess
  if (!failedMap) return [wrap(`One step less: ${reason}.`)]
  const step = `One step less, swiotlb=${slots},${answer.areas}, fails ${countOf(failedMaps, 'map')}.`
  return [wrap(`${step} ${failureWords(failedMap)}`), ...pictureLines(failedMap)]
}

function growthWords({ growth }: Sizing): string[] {
  if (!growth) return []
  const { slots, areas, served, failedMaps, slotsAtEnd } = growth
  const from = `${formatSlots(slots)} in ${countOf(areas, 'area')}`
  const grown = slotsAtEnd > slots ? `, and grown to ${formatSlots(slotsAtEnd)}` : ''
  const did = served
    ? `would have served every map${grown}`
    : `would still fail ${countOf(failedMaps, 'map')}${grown}`
  return [
    `A kernel that grows its pool (SWIOTLB_DYNAMIC), begun with ${from}, ${did}; here each growth is done before the next operation, as no kernel can.`,
  ]
}

function sensitivityWords({ sensitivity, answer }: Sizing): string[] {
  if (!sensitivity || !answer) return []
  const { low, high, runs, overlapUs } = sensitivity
  const overlap =
    overlapUs === null
      ? 'as many operations overlap as there are CPUs'
      : `an operation is under way for ${overlapUs} us`
  const range =
    low === high
      ? `each has the same answer, ${formatSlots(low)}`
      : `the answer goes from ${formatSlots(low)} to ${formatSlots(high)}`
  return [`In ${countOf(runs, 'other order')} of the overlapping operations (${overlap}) ${range}.`]
}

function reportedLines({ booked, sampling }: Sizing): string[] {
  if (booked.length === 0) return []
  const short = booked.filter(({ served }) => served === false).map(({ tracker }) => tracker)
  const bad = short.length > 0 ? `; what ${joinWords(short)} would have booked fails` : ''
  return [
    `Whoever books what a tracker reports of this load gets ${bookedWords(booked)}${bad}.`,
    ...sampling.map(
      (one) =>
        samplingWords(one) + (one.served === false ? ' That pool fails maps of this load.' : ''),
    ),
  ]
}

function sizingLines(sizing: Sizing): string[] {
  const warnings = sizing.warnings.map((text) => wrap(`warning: ${text}`, '  '))
  const [answer, ...bears] = [answerWords(sizing), otherOrdersWords(sizing), bearsWords(sizing)]
  const { enough, oneArea } = sizing
  // Who asks whether a pool is enough has the answer already.
  if (enough) {
    const least =
      oneArea && !hasAreas(enough.kernel)
        ? `A kernel before 6.0 ${needsWord(sizing)} swiotlb=${oneArea.slots}, ${formatSlots(oneArea.slots)}.`
        : [answer, ...bears].join('')
    return [wrap(headline(sizing)), ...warnings, wrap(least)]
  }
  const lines = [
    wrap(headline(sizing)),
    '',
    rowsTable(sizing.rows),
    '',
    ...warnings,
    wrap([answer, ...bears].join('')),
    ...(sizing.current ? [wrap(sizing.current.sentence)] : []),
    ...oneLessLines(sizing),
    wrap(areasWords(sizing)),
    ...growthWords(sizing).map((text) => wrap(text)),
    ...sensitivityWords(sizing).map((text) => wrap(text)),
    ...reportedLines(sizing).map((text) => wrap(text)),
    ...(sizing.cautions.length > 0 ? [wrap(sizing.cautions.join(' '))] : []),
  ]
  return lines
}

/** One line for each of several traces. */
function summary({ traces = [], together }: SizeResult): string {
  const rows = [...traces, ...(together ? [together] : [])].map(
    ({ name, demandPeakSlots, answer, atLeast }) => [
      name,
      `${demandPeakSlots}, ${slotsAsBytes(demandPeakSlots)}`,
      answer?.parameter ?? (atLeast ? `none; at least ${atLeast.parameter}` : 'no size'),
      answer ? formatBytes(answer.slots * SLOT_BYTES) : '-',
    ],
  )
  return table(['trace', 'asked for at one time', 'smallest pool', ''], rows, [
    'asked for at one time',
  ])
}

/** Whether a pool is enough: for the trace, or for each of several and for all at once. */
function enoughLines({ traces, together, ...only }: SizeResult): string[] {
  const lines = traces
    ? [...traces, ...(together ? [together] : [])].flatMap((sizing) =>
        enoughWords(sizing).map((text) => wrap(`${sizing.name}: ${text}`, '  ')),
      )
    : enoughWords(only).map((text) => wrap(text))
  return lines.length === 0 ? [] : [...lines, '']
}

export function sizeText(result: SizeResult): string {
  const enough = enoughLines(result)
  if (!result.traces) return [...enough, ...sizingLines(result)].join('\n')
  const all = [
    ...enough,
    summary(result),
    ...(result.together
      ? ['', ...result.together.warnings.map((text) => wrap(`warning: ${text}`, '  '))]
      : []),
    '',
    wrap(
      result.atLeast
        ? `Events were lost of ${result.name}:`
        : `The trace that needs most is ${result.name}:`,
    ),
    '',
    ...sizingLines(result),
  ]
  return all.join('\n')
}
