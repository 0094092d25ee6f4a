/** `npm run bench`: runs the parts, prints each beside its goals, and a summary at the end. */
import { accessSync, constants, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { host, InputError } from 'swiotlb-lab'
import { kernelWords, withKernel } from './kernel.js'
import type { Context, Goal, Part, PartResult } from './part.js'
import { parts } from './parts.js'
import { machineWords, ratioBand, table } from './text.js'

const names = parts.map((part) => part.name)

const HELP = `usage: npm run bench -- [options]
  --quick       fewer and shorter rounds: to see that it works, not to measure
  --only NAME   this part alone; may be repeated: ${names.join(', ')}
  --kernel-source DIR
                time the kernel's own code beside the port: a tree, a tar of one, or a folder
                with linux-source-*.tar.xz
  --json        raw results as one JSON document on stdout, the text on stderr
  --out FILE    raw results as JSON into a file
  --help        this text
Ends with 0 also when a goal is missed, with 1 when a part could not run, with 2 on wrong use.`

class UsageError extends Error {}

interface Wanted {
  readonly quick: boolean
  readonly json: boolean
  readonly help: boolean
  readonly out: string | undefined
  readonly kernelSource: string | undefined
  readonly parts: readonly Part[]
}

/** Before anything is measured, so that nothing measured is lost. */
function checkOut(file: string): void {
  try {
    accessSync(path.dirname(path.resolve(file)), constants.W_OK)
  } catch (error) {
    throw new UsageError(`--out: cannot write ${file}: ${(error as Error).message}`)
  }
}

function wanted(args: string[]): Wanted {
  let values: {
    quick?: boolean
    only?: string[]
    'kernel-source'?: string
    json?: boolean
    out?: string
    help?: boolean
  }
  try {
    ;({ values } = parseArgs({
      args,
      options: {
        quick: { type: 'boolean' },
        only: { type: 'string', multiple: true },
        'kernel-source': { type: 'string' },
        json: { type: 'boolean' },
        out: { type: 'string' },
        help: { type: 'boolean' },
      },
    }))
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  const { quick = false, only, json = false, out, help = false } = values
  const kernelSource = values['kernel-source']
  const unknown = only?.find((name) => !names.includes(name))
  if (unknown !== undefined) {
    throw new UsageError(`--only: unknown part "${unknown}". Known: ${names.join(', ')}`)
  }
  if (out !== undefined) checkOut(out)
  const chosen = only ? parts.filter((part) => only.includes(part.name)) : parts
  const lacking = chosen.find((part) => part.needsKernel)
  if (only && lacking && kernelSource === undefined) {
    throw new UsageError(`--only ${lacking.name}: needs --kernel-source DIR`)
  }
  return { quick, json, help, out, kernelSource, parts: chosen }
}

/** What became of one part. */
interface Outcome {
  readonly part: Part
  readonly result?: PartResult
  readonly failure?: string
  /** Why it was not run. */
  readonly leftOut?: string
}

async function runPart(part: Part, context: Omit<Context, 'progress'>): Promise<Outcome> {
  if (part.needsKernel && !context.kernel) return { part, leftOut: 'needs --kernel-source DIR' }
  const watched = process.stderr.isTTY
  const progress = (doing: string): void => {
    if (watched) process.stderr.write(`\r\x1b[K${part.name}: ${doing}`)
  }
  try {
    return { part, result: await part.run({ ...context, progress }) }
  } catch (error) {
    context.signal.throwIfAborted()
    return { part, failure: (error as Error).message }
  } finally {
    if (watched) process.stderr.write('\r\x1b[K')
  }
}

/** What is said of a part that has no result. */
const without = ({ failure, leftOut }: Outcome): string =>
  leftOut === undefined ? `could not run: ${failure}` : `left out: ${leftOut}`

function outcomeText(outcome: Outcome): string {
  const { part, result } = outcome
  return `\n== ${part.name}: ${part.question}\n${result ? result.text : without(outcome)}`
}

function measured({ best, unit }: Goal): string {
  return unit === 'ratio' ? ratioBand(best.measured) : `${best.measured.ratio.toFixed(2)} MiB`
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''

function summary(outcomes: readonly Outcome[]): string {
  const rows = outcomes.flatMap((outcome) => {
    const { part, result } = outcome
    if (!result) return [[part.name, '-', '-', '-', firstLine(without(outcome))]]
    return result.goals.map((goal) => [
      part.name,
      goal.what,
      goal.goal,
      measured(goal) + (goal.tries.length > 1 ? `, best of ${goal.tries.length}` : ''),
      goal.best.verdict,
    ])
  })
  if (rows.length === 0) return 'no goals in these parts'
  return table(['part', 'what', 'goal', 'measured', 'verdict'], rows)
}

function documentOf(outcomes: readonly Outcome[], about: object): string {
  const written = outcomes.map(({ part, result, failure, leftOut }) => ({
    name: part.name,
    question: part.question,
    ...(result ? { goals: result.goals, data: result.data } : { failure, leftOut }),
  }))
  return `${JSON.stringify({ benchmark: 'swiotlb-lab', ...about, parts: written }, null, 1)}\n`
}

async function main(): Promise<number> {
  const { quick, json, help, out, kernelSource, parts: chosen } = wanted(process.argv.slice(2))
  if (help) {
    console.log(HELP)
    return 0
  }
  const say = json ? console.error : console.log
  const machine = host()
  const abort = new AbortController()
  process.once('SIGINT', () => abort.abort(new Error('interrupted')))
  say(machineWords(machine))
  if (quick) say('quick: short rounds; the figures are rough')
  const outcomes: Outcome[] = []
  let ofKernel: string | null = null
  try {
    await withKernel(kernelSource, abort.signal, async (kernel) => {
      ofKernel = kernel && kernelWords(kernel)
      if (ofKernel !== null) say(ofKernel)
      for (const part of chosen) {
        const outcome = await runPart(part, { quick, signal: abort.signal, kernel })
        outcomes.push(outcome)
        say(outcomeText(outcome))
      }
    })
  } catch (error) {
    if (!abort.signal.aborted) throw error
    console.error('interrupted')
    return 130
  }
  say(`\n== summary\n${summary(outcomes)}`)
  const text = documentOf(outcomes, { quick, machine, kernel: ofKernel })
  if (out !== undefined) writeFileSync(out, text)
  if (json) process.stdout.write(text)
  return outcomes.some(({ failure }) => failure !== undefined) ? 1 : 0
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(`bench: ${(error as Error).message}`)
  process.exitCode = error instanceof UsageError || error instanceof InputError ? 2 : 1
}
