/** A sizing: the smallest pool, why it is not smaller, and what else is to be known. */
import { hasAreas } from '../../boot/family.js'
import {
  countOf,
  formatBytes,
  formatSlots,
  SEGMENT_SLOTS,
  usedWords,
  verbOf,
} from '../../data/units.js'
import type { AreaRow, Failure, PoolSize, SizeResult, Sizing } from '../../results/size.js'
import { lineWords, machineWords, poolFor, restOn, restsOn } from '../../size/cautions.js'
import { rowWidth } from '../fit.js'
import { bookedInShort, lookWords } from '../parts/booked.js'
import {
  enoughWords,
  meetingsWords,
  moreLoadSentence,
  moreLoadWords,
  poolOf,
  takeWords,
} from '../parts/sizing.js'
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

/** Numbers of areas that were tried, and that so many CPUs have no use for. */
function spareWords({ rows, answer, cpus }: Sizing): string {
  const spare = rows.map(({ areas }) => areas).filter((areas) => areas >= 2 * cpus)
  if (!answer || spare.length === 0 || spare.includes(answer.areas)) return ''
  return (
    ` ${joinWords(spare.map(String))} areas are not for it: ${countOf(cpus, 'CPU')} ${verbOf(cpus, 'begins', 'begin')} in no more ` +
    `than ${cpus}; --cpus names a larger machine.`
  )
}

/** Fewer slots in fewer areas. */
function leastWords({ answer, least, cpus }: Sizing): string {
  if (!answer || !least || least.slots >= answer.slots) return ''
  return (
    ` The least that serves is ${poolWords(least)}: there ${countOf(cpus, 'CPU')} share ` +
    `${countOf(least.areas, 'lock')}, in the answer ${answer.areas}.`
  )
}

function answerWords(sizing: Sizing): string {
  const { answer, cpus, atLeast, neverServed, provenSlots } = sizing
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
  const fewer = leastWords(sizing)
  const machine = fewer === '' ? '' : ` on ${countOf(cpus, 'CPU')}`
  return `The smallest pool with no failed map${machine}: ${poolWords(answer)}, for ${load}${rest}.${fewer}${spareWords(sizing)}`
}

function bearsWords({ answer, bears, loadPeakSlots }: Sizing): string {
  if (!answer || !bears) return ''
  const free = Math.max(0, answer.slots - loadPeakSlots)
  const than = answer.margin === 0 ? 'load' : "load than the trace's"
  const load = moreLoadWords(bears, answer.margin, than)
  const when = answer.margin === 0 ? '' : ' of that load'
  const { failsAt, reason } = bears
  const why =
    failsAt === null || reason === null
      ? ''
      : ` Of the first that fails with ${failsAt} % more: ${reason}.`
  return (
    ` At the busiest moment${when} ${formatSlots(free)} of it ${verbOf(free, 'is', 'are')} free, and ${load}` +
    (answer.margin === 0 ? '; --margin asks for a share of more load' : '') +
    `.${why}`
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

/** The pools that one would have booked otherwise, in short: how they come about is in the JSON. */
function bookedLines({ booked, sampling }: Sizing): string[] {
  if (booked.length === 0) return []
  const short = booked.filter(({ served }) => served === false).map(({ tracker }) => tracker)
  const bad = short.length > 0 ? `; what ${joinWords(short)} would have booked fails maps` : ''
  const looks = sampling.map(({ periodS, bookedSlots, served }) => {
    if (bookedSlots === null) return `${lookWords(periodS)} nothing, since the trace is too short`
    const fails = served === false ? ', which fails maps' : ''
    return `${lookWords(periodS)} ${slotsAsBytes(bookedSlots)}${fails}`
  })
  return [
    `Booked by what trackers report instead: ${bookedInShort(booked)}${bad}.` +
      (looks.length > 0 ? ` By ${looks.join('; by ')}.` : ''),
  ]
}

/** Behind a colon. */
const sureWords = (sizing: Sizing): string => restsOn(sizing).replace(/^T/, 't')

/** The line to deploy, and how sure it is; or why there is none. */
function leadLines(sizing: Sizing): string[] {
  const { answer, bears, neverServed } = sizing
  const pool = poolFor(sizing)
  if (!answer || !pool) return [answerWords(sizing)]
  // What more load it bears was tried with the answer, which may have fewer areas.
  const tried = pool.parameter === answer.parameter
  const more = tried && bears ? ` ${moreLoadSentence(bears, answer.margin)}` : ''
  const rest =
    neverServed > 0
      ? ` ${countOf(neverServed, 'map')} that no size serves ${verbOf(neverServed, 'is', 'are')} left out.`
      : ''
  return [
    lineWords(sizing),
    `How sure: ${sureWords(sizing)}${more}${tried ? otherOrdersWords(sizing) : ''}${rest}`,
    ...machineWords(sizing),
  ]
}

/** @param lead whether it is alone, and its own line comes first */
function sizingLines(sizing: Sizing, lead: boolean): string[] {
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
  return [
    ...(lead ? [...leadLines(sizing).map((text) => wrap(text)), ''] : []),
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
    ...bookedLines(sizing).map((text) => wrap(text)),
  ]
}

/** One line for each of several traces. */
function summary({ traces = [], together }: SizeResult): string {
  const rows = [...traces, ...(together ? [together] : [])].map((sizing: Sizing) => {
    const { name, demandPeakSlots, answer, atLeast, provenSlots } = sizing
    const pool = poolOf(sizing)
    const least = atLeast ? 'at least ' : ''
    const asked = atLeast ? Math.max(demandPeakSlots, provenSlots) : demandPeakSlots
    return [
      name,
      `${least}${asked}, ${slotsAsBytes(asked)}`,
      pool ? `${answer ? '' : 'none; at least '}${pool.parameter}` : 'no size',
      answer && pool ? formatBytes(pool.bytes) : '-',
    ]
  })
  return table(['trace', 'asked for at one time', 'smallest pool', ''], rows, [
    'asked for at one time',
  ])
}

/** Whether a pool is enough: for the trace, or for each of several and for all at once. */
function enoughLines({ traces, together, ...only }: SizeResult): string[] {
  const words = (sizing: Sizing): string[] => {
    const { enough, provenSlots, asked } = sizing
    const { marginPercent } = asked
    const meetings = sizing === together ? together.meetings : undefined
    return enough ? [enoughWords(enough, { provenSlots, marginPercent, meetings })] : []
  }
  const lines = traces
    ? [...traces, ...(together ? [together] : [])].flatMap((sizing) =>
        words(sizing).map((text) => wrap(`${sizing.name}: ${text}`, '  ')),
      )
    : words(only).map((text) => wrap(text))
  return lines.length === 0 ? [] : [...lines, '']
}

export function sizeText(result: SizeResult): string {
  const enough = enoughLines(result)
  if (!result.traces) return [...enough, ...sizingLines(result, true)].join('\n')
  const { traces, together, name, atLeast } = result
  const machine = new Set([together ?? result, result].flatMap(machineWords))
  const take = takeWords(traces, together).map((text) => wrap(text, '  '))
  const sure = [...meetingsWords(together), `How sure: ${restOn(result, traces)}`].map((text) =>
    wrap(text),
  )
  return [
    ...(enough.length > 0 ? enough : [...take, ...sure, '']),
    summary(result),
    ...(together ? ['', ...together.warnings.map((text) => wrap(`warning: ${text}`, '  '))] : []),
    '',
    wrap(atLeast ? `Events were lost of ${name}:` : `The trace that needs most is ${name}:`),
    '',
    ...sizingLines(result, false),
    // Again, since a long report is read from its end: the lines of one trace alone would mislead.
    ...[...machine].map((text) => wrap(text)),
    ...(enough.length > 0 ? sure : []),
    ...take,
  ].join('\n')
}
