/** `size`: the smallest pool that serves a trace. */
import type { Command } from 'commander'
import { hasAreas } from '../boot/family.js'
import {
  closeTrace,
  type Family,
  InputError,
  type SizeOptions,
  type SizeResult,
  size,
} from '../index.js'
import { MAX_CPUS } from '../predict/topology.js'
import { sizeText } from '../report/text/size.js'
import { limits } from '../scenario/schema.js'
import { poolFor } from '../size/cautions.js'
import { powerOfTwo } from '../size/search.js'
import type { Finish } from './options/finish.js'
import { notes } from './options/help.js'
import { isStdin } from './options/input.js'
import { Exit, type ExitCode, type Io } from './options/io.js'
import { nextLine } from './options/next-step.js'
import {
  addTraceOptions,
  kernelPool,
  type Opened,
  openFiles,
  type PoolFlags,
  traceArgs,
  traceFiles,
} from './options/open-trace.js'
import {
  givenArgs,
  kernelFamily,
  numberList,
  type PoolRequest,
  poolRequest,
  wholeNumber,
} from './options/parse.js'
import { latest, missingWords } from './options/so-far.js'

interface Flags extends PoolFlags {
  readonly margin?: number
  readonly tryAreas?: number[]
  readonly cpus?: number
  readonly enough?: PoolRequest
  readonly kernel?: Family
  readonly orders?: number
  readonly meetings?: number
  readonly overlap?: number
  readonly seed?: number
  readonly json?: boolean
}

const AFTER = `
The answer is for the trace and no more: give --margin for a load that may grow. Pools are powers of
two, as the kernel makes them, so the answer is often much larger than the peak; how much more load
it bears is told. It ends with 1 where there is no answer: a map that no size serves, a pool of --enough
that does not, or lost events, when only the least is told. docs/size.md says what a sizing cannot say.`

/** Whether the pool that was asked about is too small for a trace, or for all of them at once. */
const isTooSmall = (result: SizeResult): boolean =>
  [result, ...(result.traces ?? []), ...(result.together ? [result.together] : [])].some(
    ({ enough }) => enough?.served === false,
  )

/** "No" where a pool was asked about that does not serve, no size serves all maps, or events were lost. */
const answerOf = (result: SizeResult): ExitCode =>
  result.answer === null || result.neverServed > 0 || isTooSmall(result) ? Exit.no : Exit.done

const PARAM_NEXT = 'what a machine makes of that line'

function afterSize(opened: readonly Opened[], result: SizeResult, flags: Flags): string {
  const { answer, atLeast, current, name, cpus, recorded, enough, oneArea } = result
  const { together } = result
  const { typed: file } = opened.find(({ trace }) => trace.file === name) ?? (opened[0] as Opened)
  if (isStdin(file)) return ''
  const where = traceArgs(flags, ['poolStart', 'meta'])
  const read = traceArgs(flags, ['slots', 'areas', 'poolStart', 'meta'])
  if (atLeast) return nextLine('a script that records a trace again', 'capture')
  // A kernel before 6.0 reads no areas, so that none of the lines of the table is one for it.
  if (enough && oneArea && !result.traces && !hasAreas(enough.kernel)) {
    return nextLine(PARAM_NEXT, `param ${oneArea.slots} --kernel ${enough.kernel}`)
  }
  if (isTooSmall(result)) {
    const files = opened.map(({ typed }) => typed)
    if (files.some(isStdin)) return ''
    const asAsked = givenArgs(flags, [
      'margin',
      'cpus',
      'tryAreas',
      'orders',
      'meetings',
      'overlap',
      'seed',
    ])
    return nextLine('the smallest pool, and why', `size ${files.join(' ')}${read}${asAsked}`)
  }
  // Of several traces the worst alone may be too small: the line of all at once is the larger one.
  const named = together?.answer ? together : result
  const line = poolFor(named)
  if (line && (named === together || cpus !== recorded.cpus)) {
    const { slots, areas } = line
    return nextLine(PARAM_NEXT, `param ${slots},${areas} --cpus ${named.cpus}`)
  }
  if (!answer) return nextLine('who asks for what', `devices ${file}${read}`)
  if (current?.slots === answer.slots && current.areas === answer.areas) {
    return nextLine('who holds the slots', `devices ${file}${read}`)
  }
  return nextLine(
    'the trace in that pool',
    `replay ${file} --slots ${answer.slots} --areas ${answer.areas}${where}`,
  )
}

/** As many areas as the pool of that scenario has segments. */
const MOST_AREAS = 256

/**
 * What areas do to speed, no trace says: a series in virtual time does, on as many CPUs. Empty where
 * there is no line to deploy, or nothing to choose.
 */
function areasNext({ answer, cpus, together, enough }: SizeResult): string {
  const wanted = together?.cpus ?? cpus
  if (!answer || enough || wanted < 2 || wanted > MAX_CPUS) return ''
  const most = Math.min(MOST_AREAS, powerOfTwo(wanted))
  const areas = [1, 4, 16, 64].filter((few) => few < most)
  return nextLine(
    'what areas do to speed, predicted',
    `compare uniform --engine virtual --cpus ${wanted} --sweep areas=${[...areas, most]} --trackers off,global-atomic`,
  )
}

/** What to type next, or what is missing of a part. */
function lastLine(opened: readonly Opened[], result: SizeResult, flags: Flags): string {
  const { missing } = result
  if (missing) return missingWords(missing.length, opened.length + 1, 'sizings')
  const after = afterSize(opened, result, flags)
  return after && [after, areasNext(result)].filter(Boolean).join('\n')
}

function sizeOptions(flags: Flags, io: Io, onSoFar: (result: SizeResult) => void): SizeOptions {
  return {
    marginPercent: flags.margin,
    areas: flags.tryAreas,
    cpus: flags.cpus,
    enough: flags.enough,
    kernel: flags.kernel,
    orders: flags.orders,
    meetings: flags.meetings,
    overlapUs: flags.overlap,
    seed: flags.seed,
    onSoFar,
    signal: io.signal,
    onProgress: io.progress,
  }
}

/** What is known of the machine: the options win over the notes, and these over the trace. */
function inputOf(opened: Opened, flags: Flags) {
  const known = kernelPool(opened)
  const recorded = {
    slots: flags.slots ?? known.nslabs,
    areas: flags.areas ?? known.nareas,
    start: flags.poolStart ?? known.start,
    cpus: opened.meta?.cpus,
    hiwater: opened.meta?.hiwaterSlots ?? opened.trace.kernelPeak,
  }
  return { trace: opened.trace, recorded }
}

export function addSize(program: Command, io: Io, finish: Finish): void {
  const command = program
    .command('size')
    .description('the smallest pool that serves a trace, and why no smaller one does')
    .argument('<trace...>', 'as those of replay; of several: the worst, and all at once')
  addTraceOptions(command)
    .option(
      '--margin <percent>',
      'so much more load than the trace has (default: 0)',
      wholeNumber('--margin', 0, 1000),
    )
    .option(
      '--enough <pool>',
      'is this enough? as 2MiB, or 1024,4 with its areas (default: one for each CPU)',
      poolRequest('--enough'),
    )
    .option(
      '--kernel <version>',
      'that makes the pool of --enough, as 5.15 or 6.8 (default: 6.12)',
      kernelFamily('--kernel'),
    )
    .option(
      '--try-areas <list>',
      'numbers of areas to try, as 1,2,4 (default: up to the CPUs)',
      numberList('--try-areas', ...limits.areas),
    )
    .option(
      '--cpus <n>',
      "possible CPUs of the machine (default: the trace's)",
      wholeNumber('--cpus', 1, 65536),
    )
    .option(
      '--orders <n>',
      'orders of the overlapping operations (default: 20, fewer of a long trace)',
      wholeNumber('--orders', 0, 1000),
    )
    .option(
      '--meetings <n>',
      'of several: ways in which they meet that are drawn (default: 20, fewer of long ones)',
      wholeNumber('--meetings', 0, 1000),
    )
    .option(
      '--overlap <us>',
      'how long an operation is under way (default: 50)',
      wholeNumber('--overlap', 0, 1e9),
    )
    .option('--seed <n>', 'of orders and meetings (default: 1)', wholeNumber('--seed', 0))
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', notes(AFTER))
    .action(async (files: string[], flags: Flags) => {
      const opened: Opened[] = []
      try {
        if (flags.kernel !== undefined && !flags.enough) {
          throw new InputError('--kernel: expected with --enough, whose pool it makes')
        }
        for (const one of traceFiles(files, flags)) opened.push(await openFiles(one, flags, io))
        const inputs = opened.map((one) => inputOf(one, flags))
        const result = await latest<SizeResult>(io.signal, (onSoFar) =>
          size(inputs, sizeOptions(flags, io, onSoFar)),
        )
        if (flags.json) io.printJson('size', result)
        else io.print(`${sizeText(result)}\n${lastLine(opened, result, flags)}`.trimEnd())
        io.signal.throwIfAborted()
        finish(answerOf(result))
      } finally {
        for (const { trace } of opened) closeTrace(trace)
      }
    })
}
