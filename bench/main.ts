/** `npm run bench`: runs the parts, prints each beside its goals, and a summary at the end. */
import { accessSync, constants, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { host } from 'swiotlb-lab'
import type { Goal, Part, PartResult } from './part.js'
import { parts } from './parts.js'
import { machineWords, ratioBand, table } from './text.js'

const names = parts.map((part) => part.name)

const HELP = `usage: npm run bench -- [options]
  --quick       fewer and shorter rounds: to see that it works, not to measure
  --only NAME   this part alone; may be repeated: ${names.join(', ')}
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
  let values: { quick?: boolean; only?: string[]; json?: boolean; out?: string; help?: boolean }
  try {
    ;({ values } = parseArgs({
      args,
      options: {
        quick: { type: 'boolean' },
        only: { type: 'string', multiple: true },
        json: { type: 'boolean' },
        out: { type: 'string' },
        help: { type: 'boolean' },
      },
    }))
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  const { quick = false, only, json = false, out, help = false } = values
  const unknown = only?.find((name) => !names.includes(name))
  if (unknown !== undefined) {
    throw new UsageError(`--only: unknown part "${unknown}". Known: ${names.join(', ')}`)
  }
  if (out !== undefined) checkOut(out)
  const chosen = only ? parts.filter((part) => only.includes(part.name)) : parts
  return { quick, json, help, out, parts: chosen }
}

/** What became of one part. */
interface Outcome {
  readonly part: Part
  readonly result?: PartResult
  readonly failure?: string
}

async function runPart(part: Part, quick: boolean, signal: AbortSignal): Promise<Outcome> {
  const watched = process.stderr.isTTY
  const progress = (doing: string): void => {
    if (watched) process.stderr.write(`\r\x1b[K${part.name}: ${doing}`)
  }
  try {
    return { part, result: await part.run({ quick, signal, progress }) }
  } catch (error) {
    signal.throwIfAborted()
    return { part, failure: (error as Error).message }
  } finally {
    if (watched) process.stderr.write('\r\x1b[K')
  }
}

function outcomeText({ part, result, failure }: Outcome): string {
  const body = result ? result.text : `could not run: ${failure}`
  return `\n== ${part.name}: ${part.question}\n${body}`
}

function measured({ best, unit }: Goal): string {
  return unit === 'ratio' ? ratioBand(best.measured) : `${best.measured.ratio.toFixed(2)} MiB`
}

const firstLine = (text = ''): string => text.split('\n', 1)[0] ?? ''

function summary(outcomes: readonly Outcome[]): string {
  const rows = outcomes.flatMap(({ part, result, failure }) => {
    if (!result) return [[part.name, '-', '-', '-', `could not run: ${firstLine(failure)}`]]
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

function documentOf(outcomes: readonly Outcome[], quick: boolean, machine: unknown): string {
  const written = outcomes.map(({ part, result, failure }) => ({
    name: part.name,
    question: part.question,
    ...(result ? { goals: result.goals, data: result.data } : { failure }),
  }))
  return `${JSON.stringify({ benchmark: 'swiotlb-lab', quick, machine, parts: written }, null, 1)}\n`
}

async function main(): Promise<number> {
  const { quick, json, help, out, parts: chosen } = wanted(process.argv.slice(2))
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
  try {
    for (const part of chosen) {
      const outcome = await runPart(part, quick, abort.signal)
      outcomes.push(outcome)
      say(outcomeText(outcome))
    }
  } catch (error) {
    if (!abort.signal.aborted) throw error
    console.error('interrupted')
    return 130
  }
  say(`\n== summary\n${summary(outcomes)}`)
  const text = documentOf(outcomes, quick, machine)
  if (out !== undefined) writeFileSync(out, text)
  if (json) process.stdout.write(text)
  return outcomes.some(({ failure }) => failure !== undefined) ? 1 : 0
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(`bench: ${(error as Error).message}`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
