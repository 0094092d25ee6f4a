/** Causes for an operator: what it is, what to do, what cannot be known, and the lines it is told from. */

import { countOf, formatSlots, PRACTICALLY_FULL } from '../../data/units.js'
import type { Cause, Diagnosis, Reasoned, ToldPool } from '../../results/explain.js'
import { rowWidth } from '../fit.js'
import { wrap } from '../words.js'

/** What each cause is called for who has never heard of it. */
const TITLES: Readonly<Record<Cause, string>> = {
  'too-large': 'the request is larger than any pool can serve',
  misaligned: 'there was room, but not at the alignment that the device needs',
  exhausted: 'the pool is full',
  fragmented: 'enough is free, but not in one piece',
  'no-pool': 'there is no pool',
  'nearly-full': 'the pool is nearly full, or was',
  leak: 'slots are not given back',
  grows: 'more slots are in use than before',
  unreachable: 'the device cannot reach the pool',
  coherent: "memory of a driver's own, not a mapping",
  'counter-bug': 'the counter is wrong',
  'not-tracked': 'the high-water mark is not kept',
  oversized: 'the pool is larger than it was ever needed',
  'ignored-parameter': 'the command line does not do what it says',
  reduced: 'the pool is smaller than asked for',
  'other-pool': "it is another pool than swiotlb's",
  unknown: 'the lines do not tell why',
}

/** Of a finding with more, the first and the last few. */
const SHOWN_LINES = 6
const LAST_LINES = 2
/** A line of a log that is longer is cut where it is shown. */
const LINE_WIDTH = 160
const CUT = '...'

const CONTROL = /\p{Cc}/gu

function certainty({ cause, certain, possible }: Reasoned): string {
  if (cause === 'unknown') return 'unknown'
  return certain ? 'certain' : possible ? 'possible' : 'likely'
}

/** What a finding is called: its title is what is read first, and may be all that is. */
function titleOf({ cause, certain, possible, totalSlots, usedSlots }: Reasoned): string {
  if (cause === 'misaligned' && !certain)
    return 'by its count there was room; most likely not at the alignment that the device needs'
  if (cause === 'leak' && possible)
    return 'slots are perhaps not given back; a load of small mappings looks the same'
  if (cause === 'fragmented' && (usedSlots ?? 0) >= PRACTICALLY_FULL * (totalSlots ?? 0))
    return 'the pool is practically full: what is free is not in one piece'
  return TITLES[cause]
}

function shown(source: readonly string[], number: number, width: number): string {
  // What came out of a log may hold what moves a terminal's cursor.
  const text = (source[number - 1] ?? '').replace(CONTROL, ' ').trim()
  const before = `   ${String(number).padStart(width)} | `
  const room = rowWidth() - before.length
  if (text.length <= Math.min(LINE_WIDTH, room)) return before + text
  return before + text.slice(0, Math.min(LINE_WIDTH, room - CUT.length)) + CUT
}

function evidence(lines: readonly number[], source: readonly string[]): string[] {
  const width = String(lines.at(-1) ?? 0).length
  if (lines.length <= SHOWN_LINES) return lines.map((number) => shown(source, number, width))
  const first = lines.slice(0, SHOWN_LINES - LAST_LINES)
  const last = lines.slice(-LAST_LINES)
  const left = lines.length - first.length - last.length
  return [
    ...first.map((number) => shown(source, number, width)),
    `   ${' '.repeat(width)} | (${countOf(left, 'line')} more)`,
    ...last.map((number) => shown(source, number, width)),
  ]
}

const item = (text: string): string => wrap(text, '     ', '   - ')

function section(title: string, texts: readonly string[]): string[] {
  return texts.length === 0 ? [] : [wrap(title, '   ', '   '), ...texts.map(item)]
}

function counted({ failuresAtLeast, suppressed }: Reasoned): string[] {
  if (failuresAtLeast === null || failuresAtLeast < 2) return []
  const left =
    suppressed !== null && suppressed > 0
      ? `, ${suppressed} of them in lines that were left out`
      : ''
  return [`At least ${failuresAtLeast} mappings failed${left}.`]
}

/** The device and the machine, as far as they are told. */
const whoseWords = ({ device, host }: Reasoned): string =>
  [...(device === null ? [] : [device]), ...(host === null ? [] : [`on ${host}`])].join(' ')

/** Of each finding the first that is told from the same lines. */
function firstsOf(findings: readonly Reasoned[]): number[] {
  const firsts = new Map<string, number>()
  return findings.map(({ lines }, i) => {
    const key = lines.join()
    const first = firsts.get(key) ?? i
    firsts.set(key, first)
    return first
  })
}

/** `first`: the number of the finding whose lines it has. */
function findingText(
  finding: Reasoned,
  i: number,
  first: number,
  source: readonly string[],
): string {
  const { cause, reasons, advice, unknown, lines } = finding
  const whose = whoseWords(finding)
  return [
    wrap(
      `${i + 1}. ${cause} (${certainty(finding)})${whose === '' ? '' : `: ${whose}`}: ${titleOf(finding)}`,
      '   ',
    ),
    ...[...reasons, ...counted(finding)].map((text) => wrap(text, '   ', '   ')),
    ...section('what to do:', advice),
    ...section('what cannot be known from these lines:', unknown),
    ...(first === i
      ? [`   told from:`, ...evidence(lines, source)]
      : [`   told from the lines of ${first + 1}`]),
  ].join('\n')
}

/** One line for each cause, where there are several: what is below takes pages. */
function summary(findings: readonly Reasoned[]): string[] {
  if (findings.length < 2) return []
  const rows = findings.map((finding, i) => {
    const whose = whoseWords(finding)
    const title = `${titleOf(finding)}${whose === '' ? '' : ` (${whose})`}`
    return wrap(`${i + 1}. ${finding.cause}, ${certainty(finding)}: ${title}`, '   ')
  })
  return [
    `${countOf(findings.length, 'cause')}, in the order in which they must be solved:`,
    ...rows,
  ]
}

/** What a finding above has said of the same machine is not said again. */
function saidOnce(findings: readonly Reasoned[]): Reasoned[] {
  const said = new Map<string | null, Set<string>>()
  const news = (host: string | null, texts: readonly string[]): string[] => {
    const before = said.get(host) ?? new Set<string>()
    said.set(host, before)
    const left = texts.filter((text) => !before.has(text))
    for (const text of texts) before.add(text)
    return left
  }
  return findings.map((one) => ({
    ...one,
    advice: news(one.host, one.advice),
    unknown: news(one.host, one.unknown),
  }))
}

function poolText({ host, slots, areas, from }: ToldPool): string {
  const parts = areas === null ? '' : `, ${countOf(areas, 'area')}`
  const [first] = from
  const whose = host === null ? '' : ` on ${host}`
  return `pool${whose}: ${formatSlots(slots)}${parts} (line ${first}${from.length > 1 ? ' and others' : ''})`
}

/** More pools than these are counted. */
const SHOWN_POOLS = 4

function poolsText(pools: readonly ToldPool[]): string[] {
  const more = pools.length - SHOWN_POOLS
  return [
    ...pools.slice(0, SHOWN_POOLS).map((pool) => wrap(poolText(pool), '  ')),
    ...(more > 0 ? [wrap(`and ${countOf(more, 'other pool')}, which --json lists`)] : []),
  ]
}

/** More of the rest than this are counted. */
const SHOWN_FACTS = 30

function factsText(warnings: readonly string[]): string[] {
  if (warnings.length === 0) return []
  const more = warnings.length - SHOWN_FACTS
  return [
    'what else the lines say:',
    ...warnings.slice(0, SHOWN_FACTS).map((text) => wrap(`- ${text}`, '  ')),
    ...(more > 0 ? [wrap(`- and ${more} more, which --json lists`, '  ')] : []),
  ]
}

const joined = (parts: readonly (readonly string[])[]): string =>
  parts
    .filter((part) => part.length > 0)
    .map((part) => part.join('\n'))
    .join('\n\n')

export function explainText({ findings, pools, warnings, source }: Diagnosis): string {
  const lines = source.at(-1) === '' ? source.length - 1 : source.length
  const firsts = firstsOf(findings)
  const nothing =
    findings.length > 0
      ? []
      : warnings.length + pools.length > 0
        ? [wrap(`Nothing in ${countOf(lines, 'line')} tells of a failure.`)]
        : [
            wrap(
              `Nothing in ${countOf(lines, 'line')} is about swiotlb. What tells most: \`dmesg | grep -i -e swiotlb -e "IO TLB"\`, ` +
                '`cat /proc/cmdline`, and as root `grep . /sys/kernel/debug/swiotlb/*`.',
            ),
          ]
  return joined([
    nothing,
    summary(findings),
    ...saidOnce(findings).map((finding, i) => [findingText(finding, i, firsts[i] ?? i, source)]),
    poolsText(pools),
    factsText(warnings),
  ])
}
