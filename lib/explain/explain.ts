/** `explain`: from a pasted text to causes. */

import { InputError } from '../data/errors.js'
import { checkOptions, option, optionsOf } from '../data/options.js'
import {
  type Cause,
  causes,
  type Diagnosis,
  type Explanation,
  type Reasoned,
} from '../results/explain.js'
import { coherentFindings } from './causes/coherent.js'
import { counterBugFindings } from './causes/counter-bug.js'
import { exhaustedFindings } from './causes/exhausted.js'
import { fragmentedFindings } from './causes/fragmented.js'
import { growsFindings } from './causes/grows.js'
import { parameterFindings } from './causes/ignored-parameter.js'
import { leakFindings } from './causes/leak.js'
import { misalignedFindings } from './causes/misaligned.js'
import { nearlyFullFindings } from './causes/nearly-full.js'
import { noPoolFindings } from './causes/no-pool.js'
import { notTrackedFindings } from './causes/not-tracked.js'
import { otherPoolFindings } from './causes/other-pool.js'
import { oversizedFindings } from './causes/oversized.js'
import { reducedFindings } from './causes/reduced.js'
import { tooLargeFindings } from './causes/too-large.js'
import { unknownFindings } from './causes/unknown.js'
import { unreachableFindings } from './causes/unreachable.js'
import { cleanLines } from './clean.js'
import { type Context, contextOf } from './context.js'
import { factsOf } from './facts.js'
import { linesOf } from './finding.js'
import { groupBy } from './group.js'
import { hear } from './heard.js'
import { byHost, hostWords } from './hosts.js'
import { lineWords } from './numbers.js'
import { poolsOf } from './pools.js'
import { refuseOthers, refuseTrace } from './refuse.js'

/** The rule of each cause: it looks at the whole text for its evidence, and knows of no other. */
const rules: Readonly<Record<Cause, (context: Context) => Reasoned[]>> = {
  'other-pool': otherPoolFindings,
  'no-pool': noPoolFindings,
  reduced: reducedFindings,
  'ignored-parameter': parameterFindings,
  unreachable: unreachableFindings,
  'too-large': tooLargeFindings,
  misaligned: misalignedFindings,
  coherent: coherentFindings,
  exhausted: exhaustedFindings,
  fragmented: fragmentedFindings,
  'nearly-full': nearlyFullFindings,
  unknown: unknownFindings,
  leak: leakFindings,
  grows: growsFindings,
  'counter-bug': counterBugFindings,
  'not-tracked': notTrackedFindings,
  oversized: oversizedFindings,
}

const byLine = (a: Reasoned, b: Reasoned): number => (a.lines[0] ?? 0) - (b.lines[0] ?? 0)

/** null where nobody has a figure. */
const total = (figures: readonly (number | null)[]): number | null =>
  figures.every((one) => one === null)
    ? null
    : figures.reduce<number>((all, one) => all + (one ?? 0), 0)

/** The same in boot after boot is one finding. */
function mergeAlike(findings: readonly Reasoned[]): Reasoned[] {
  const alike = groupBy(findings, ({ cause, device, requestBytes, totalSlots, reasons }) =>
    JSON.stringify([cause, device, requestBytes, totalSlots, reasons]),
  )
  return [...alike.values()].flatMap((own) => {
    const [first] = own
    if (!first) return []
    return [
      {
        ...first,
        certain: own.every(({ certain }) => certain),
        suppressed: total(own.map(({ suppressed }) => suppressed)),
        failuresAtLeast: total(own.map(({ failuresAtLeast }) => failuresAtLeast)),
        lines: linesOf(own),
      },
    ]
  })
}

/** A device's name is left as it is, in front of a sentence too. */
const sentence = (text: string): string => text.replace(/^the device \(/, 'The device (')

const longWords = (lines: readonly number[]): string[] =>
  lines.length === 0
    ? []
    : [`${lineWords(lines)}: longer than any message of a kernel; the first 16 KiB were read`]

export interface ExplainOptions {
  /** What to call the text in messages; `the text` where it is not said. */
  readonly name?: string
}

const schema = optionsOf<ExplainOptions>({ name: option.text })

/** Throws InputError for a trace, of which no line is of a log. */
function refuseTraces(contexts: readonly { readonly context: Context }[], name: string): void {
  const [event] = contexts.flatMap(({ context }) => context.of('trace-event'))
  const logged = contexts.some(({ context }) =>
    context.heard.some(({ said }) => said.kind !== 'trace-event' && said.kind !== 'bounced'),
  )
  if (event && !logged) refuseTrace(event.lines[0] ?? 1, name)
}

/** The explanation with its arguments. Throws InputError. */
export function diagnose(text: string, options: ExplainOptions = {}): Diagnosis {
  checkOptions(schema, options)
  const { name = 'the text' } = options
  if (typeof text !== 'string') throw new InputError('explain: expected a text')
  refuseOthers(text, name)
  const { lines, tooLong } = cleanLines(text)
  const hosts = byHost(lines)
  const contexts = hosts.map((one) => ({ host: one.host, context: contextOf(hear(one.lines)) }))
  refuseTraces(contexts, name)
  const [only, another] = contexts
  // In the order in which they must be solved.
  const findings = causes.flatMap((cause) =>
    contexts.flatMap(({ host, context }) =>
      mergeAlike(rules[cause](context))
        .sort(byLine)
        .map((one) => ({ ...one, host, reasons: one.reasons.map(sentence) })),
    ),
  )
  const facts = contexts.flatMap(({ host, context }) =>
    factsOf(context).map((words) => (host === null ? words : `${host}: ${words}`)),
  )
  return {
    findings,
    pools: contexts.flatMap(({ host, context }) =>
      poolsOf(context).map((pool) => ({ ...pool, host })),
    ),
    // None of one machine's is that of the others.
    commandLine: another ? null : (only?.context.commandLines.at(-1)?.told ?? null),
    warnings: [...hostWords(hosts), ...facts, ...longWords(tooLong)],
    source: text.split(/\r\n|\n|\r/),
  }
}

/**
 * Why mappings fail, as far as a text tells: dmesg, a journal, a console, a command line, counters of
 * debugfs, in whatever was pasted around them. Throws InputError for an empty text, binary data, and
 * texts that another command reads.
 */
export function explain(text: string, options: ExplainOptions = {}): Explanation {
  const { findings, pools, commandLine, warnings } = diagnose(text, options)
  return {
    findings: findings.map(({ reasons: _, askSlots: __, ...one }) => one),
    pools,
    commandLine,
    warnings,
  }
}
