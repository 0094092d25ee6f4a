/**
 * `npm run bench`: runs the parts, prints each beside its targets, and a summary at the end.
 *
 * | file                       | what it does                                                  |
 * | -------------------------- | ------------------------------------------------------------- |
 * | parts.ts, parts/           | the questions; part.ts says what one is                       |
 * | scenarios.ts, causes.ts    | what the parts run                                            |
 * | tries.ts, copies.ts        | measures a fixed number of times                              |
 * | regime.ts                  | sorts rounds by how the timed CPUs stood to each other        |
 * | verdict.ts, figure.ts      | pools tries into a figure, and holds it to a target           |
 * | text.ts                    | writes figures for people                                     |
 * | kept.ts, conditions.ts     | keeps results, with the commit and the host                   |
 * | keep.ts                    | `npm run keep`: the same for a command of the program         |
 * | pool.ts, pooled.ts         | `npm run pool`: the tries of several kept runs together       |
 * | figures/                   | `npm run figures`: README's figures from what is kept         |
 * | kernel.ts, plain.ts        | the kernel's own code, and a C program, to time beside        |
 * | apart.ts                   | what a process of its own takes                               |
 */
import path from 'node:path'
import { parseArgs } from 'node:util'
import { InputError } from 'swiotlb-lab'
import { commandWords, hostWords, keptHost, source } from './conditions.js'
import { onInterrupt } from './interrupt.js'
import { type KeptBench, keep } from './kept.js'
import { kernelWords, withKernel } from './kernel.js'
import type { Context, Part, PartResult } from './part.js'
import { parts } from './parts.js'
import { minutes, summaryLines, table } from './text.js'
import { QUICK_TRIES, TRIES } from './verdict.js'

const names = parts.map((part) => part.name)

const HELP = `usage: npm run bench -- [options]
  --quick       fewer tries, fewer and shorter rounds: to see that it works, not to measure
  --only NAME   this part alone; may be repeated: ${names.join(', ')}
  --kernel-source DIR
                time the kernel's own code beside the port: a tree, a tar of one, or a folder
                with linux-source-*.tar.xz
  --save        keep the result as results/HOST-DATE.json, from which npm run figures makes
                the figures of README.md; not with --quick
  --json        raw results as one JSON document on stdout, the text on stderr
  --help        this text
Every measurement is made ${TRIES} times, and all its tries are shown and pooled.
Ends with 0 also when a goal is missed, with 1 when a part could not run, with 2 on wrong use.`

class UsageError extends Error {}

interface Wanted {
  readonly quick: boolean
  readonly json: boolean
  readonly help: boolean
  readonly save: boolean
  readonly kernelSource: string | undefined
  readonly parts: readonly Part[]
}

const options = {
  quick: { type: 'boolean', default: false },
  only: { type: 'string', multiple: true },
  'kernel-source': { type: 'string' },
  json: { type: 'boolean', default: false },
  save: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

function valuesOf(args: string[]) {
  try {
    return parseArgs({ args, options }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function wanted(args: string[]): Wanted {
  const { quick, only, json, save, help, 'kernel-source': kernelSource } = valuesOf(args)
  const unknown = only?.find((name) => !names.includes(name))
  if (unknown !== undefined) {
    throw new UsageError(`--only: unknown part "${unknown}". Known: ${names.join(', ')}`)
  }
  if (quick && save) {
    throw new UsageError('--save: expected a run that measures; --quick only shows that it works')
  }
  const chosen = only ? parts.filter((part) => only.includes(part.name)) : parts
  const lacking = chosen.find((part) => part.needsKernel)
  if (only && lacking && kernelSource === undefined) {
    throw new UsageError(`--only ${lacking.name}: needs --kernel-source DIR`)
  }
  return { quick, json, help, save, kernelSource, parts: chosen }
}

/** What became of one part. */
interface Outcome {
  readonly part: Part
  readonly seconds: number
  readonly result?: PartResult
  readonly failure?: string
  /** Why it was not run. */
  readonly leftOut?: string
}

async function runPart(part: Part, context: Omit<Context, 'progress'>): Promise<Outcome> {
  if (part.needsKernel && !context.kernel) {
    return { part, seconds: 0, leftOut: 'needs --kernel-source DIR' }
  }
  const watched = process.stderr.isTTY
  const progress = (doing: string): void => {
    if (watched) process.stderr.write(`\r\x1b[K${part.name}: ${doing}`)
  }
  const begun = performance.now()
  const took = (): number => Math.round((performance.now() - begun) / 100) / 10
  try {
    const result = await part.run({ ...context, progress })
    return { part, seconds: took(), result }
  } catch (error) {
    context.signal.throwIfAborted()
    return { part, seconds: took(), failure: (error as Error).message }
  } finally {
    if (watched) process.stderr.write('\r\x1b[K')
  }
}

/** What is said of a part that has no result. */
const without = ({ failure, leftOut }: Outcome): string =>
  leftOut === undefined ? `could not run: ${failure}` : `left out: ${leftOut}`

function outcomeText(outcome: Outcome): string {
  const { part, result, seconds } = outcome
  return (
    `\n== ${part.name}: ${part.question} (${minutes(seconds)})\n` +
    (result ? result.text : without(outcome))
  )
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''

function summary(outcomes: readonly Outcome[]): string {
  const rows = outcomes.flatMap((outcome) => {
    const { part, result } = outcome
    if (!result) return [[part.name, '-', '-', '-', '-', firstLine(without(outcome))]]
    return summaryLines(result.figures)
      .filter(({ verdict }) => verdict !== '-')
      .map(({ what, target, regime, measured, verdict }) => [
        part.name,
        what,
        target,
        regime,
        measured,
        verdict,
      ])
  })
  if (rows.length === 0) return 'no targets in these parts'
  return table(['part', 'what', 'target', 'timed CPUs', 'measured, pooled', 'verdict'], rows)
}

const partsOf = (outcomes: readonly Outcome[]): KeptBench['parts'] =>
  outcomes.map((outcome) => ({
    name: outcome.part.name,
    question: outcome.part.question,
    seconds: outcome.seconds,
    failure: outcome.result ? null : without(outcome),
    figures: [...(outcome.result?.figures ?? [])],
  }))

/** Before anything runs. */
function estimateWords(chosen: readonly Part[], quick: boolean, withCode: boolean): string {
  const tries = quick ? QUICK_TRIES : TRIES
  const each = chosen
    .filter((part) => withCode || !part.needsKernel)
    .map((part) => ({ name: part.name, seconds: part.seconds({ quick, tries }) }))
  const whole = each.reduce((sum, { seconds }) => sum + seconds, 0)
  const words = each.map(({ name, seconds }) => `${name} ${minutes(seconds)}`)
  return `${tries} tries of each measurement; about ${minutes(whole)}: ${words.join(', ')}`
}

async function main(): Promise<number> {
  const args = process.argv.slice(2)
  const { quick, json, help, save, kernelSource, parts: chosen } = wanted(args)
  if (help) {
    console.log(HELP)
    return 0
  }
  const say = json ? console.error : console.log
  const date = new Date().toISOString()
  const machine = keptHost()
  // Asked before anything is measured, so that nothing measured is lost.
  const from = save ? source() : null
  const interrupt = onInterrupt()
  say(`${hostWords(machine)}; ${date}`)
  say(estimateWords(chosen, quick, kernelSource !== undefined))
  if (from?.dirty) console.error('warning: the tree has changes that are in no commit; kept so')
  const tries = quick ? QUICK_TRIES : TRIES
  const outcomes: Outcome[] = []
  let ofKernel: string | null = null
  try {
    await withKernel(kernelSource, interrupt.signal, async (kernel) => {
      ofKernel = kernel && kernelWords(kernel)
      if (ofKernel !== null) say(ofKernel)
      for (const part of chosen) {
        const outcome = await runPart(part, { quick, tries, signal: interrupt.signal, kernel })
        outcomes.push(outcome)
        say(outcomeText(outcome))
      }
    })
  } catch (error) {
    if (!interrupt.signal.aborted) throw error
    console.error('interrupted')
    return interrupt.code()
  }
  say(`\n== summary\n${summary(outcomes)}`)
  const kept = {
    date,
    host: machine,
    command: commandWords('npm run bench --', args),
    tries,
    kernel: ofKernel,
  }
  if (from) {
    const file = keep({ kind: 'bench', source: from, ...kept, parts: partsOf(outcomes) })
    say(`\nkept: ${path.relative('.', file)}; npm run figures puts it into README.md`)
  }
  if (json) {
    const data = outcomes.map(({ part, result }) => ({ name: part.name, data: result?.data }))
    process.stdout.write(
      `${JSON.stringify({ ...kept, parts: partsOf(outcomes), data }, null, 1)}\n`,
    )
  }
  return outcomes.some(({ failure }) => failure !== undefined) ? 1 : 0
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(`bench: ${(error as Error).message}`)
  process.exitCode = error instanceof UsageError || error instanceof InputError ? 2 : 1
}
