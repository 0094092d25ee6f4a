/**
 * `bench/many-cpus.sh`: predictions beside threads on 1, 2, 4 ... CPUs of this machine, within five
 * minutes, into one file.
 *
 * | file      | what it does                                            |
 * | --------- | ------------------------------------------------------- |
 * | main.ts   | goes from step to step, and writes the result           |
 * | cpus.ts   | which CPUs are timed, and which of them share a cache   |
 * | steps.ts  | so many CPUs calibrated, timed and predicted            |
 * | result.ts | what is written, and how it is shown                    |
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { commandWords, keptHost, root, slugOf, source } from '../conditions.js'
import { onInterrupt } from '../interrupt.js'
import { threadWords } from '../text.js'
import { chooseCpus, stepsTo } from './cpus.js'
import { type ManyCpus, manyCpusSchema, resultText } from './result.js'
import { exitOf, inSteps, makeStep, missingWords } from './steps.js'

const HELP = `usage: bench/many-cpus.sh [options]
  Calibrates this machine, times trackers on 1, 2, 4 ... threads, predicts the same in virtual
  time, and writes both into one file. Takes less than five minutes behind the build.
  --quick       fewer and shorter rounds: to see that it works, not to measure
  --out FILE    where to write the result (default: results/many-cpus/HOST-DATE.json)
  --help        this text
With fewer than 4 CPUs it says so, and compares those that there are. Interrupted, where a step
fails or where time is short, it writes the steps before, and says which are missing.
Ends with 0 when all steps were made, with 1 when some are missing, with 2 on wrong use.`

/** Below this nothing is learned of many CPUs. */
const FEW = 4
/** No further step is begun behind this, so that all of it stays below five minutes. */
const LAST_BEGIN_MS = 200_000
const GIVE_UP_MS = 295_000

/** This process has but these CPUs from now on; threads go onto them in ascending order. */
const stayOn = (cpus: readonly number[]): Promise<unknown> =>
  promisify(execFile)('taskset', ['-a', '-c', '-p', cpus.join(','), String(process.pid)])

interface Measured {
  readonly result: ManyCpus
  readonly exit: 0 | 1
}

async function measure(quick: boolean, command: string, stopped: AbortSignal): Promise<Measured> {
  const begun = performance.now()
  const took = (): number => performance.now() - begun
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(GIVE_UP_MS)])
  const chosen = chooseCpus()
  const most = chosen.cpus.length
  const notes = [
    ...(most < FEW
      ? [`${most} cores are fewer than ${FEW}: this says nothing of many CPUs; compared are those`]
      : []),
    ...chosen.leftOut.map((words) => `left out: ${words}`),
    ...(quick ? ['--quick: fewer and shorter rounds than it takes to measure'] : []),
  ]
  if (most < 2) throw new Error('one CPU: no line moves, and nothing can be calibrated')
  const date = new Date().toISOString()
  const about = { source: source(), host: keptHost() }
  await stayOn(chosen.cpus)
  const series = await inSteps(
    stepsTo(most),
    () => took() > LAST_BEGIN_MS,
    (count) => makeStep(count, chosen.cpus, quick, signal),
  )
  const result = manyCpusSchema.parse({
    kind: 'many-cpus',
    ...about,
    date,
    command,
    quick,
    seconds: Math.round(took() / 100) / 10,
    complexes: chosen.complexes,
    notes: [
      ...missingWords(series),
      ...notes,
      ...series.made.flatMap(({ calibrated, warnings }) =>
        warnings.map((words) => `calibrated for ${threadWords(calibrated.cpus)}: ${words}`),
      ),
    ],
    calibrated: series.made.map(({ calibrated }) => calibrated),
    steps: series.made.flatMap(({ steps }) => steps),
  })
  return { result, exit: exitOf(series) }
}

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(HELP)
    return 0
  }
  // Said at once, not behind minutes of measuring.
  if (values.out !== undefined && existsSync(values.out)) {
    throw Object.assign(new Error(`${values.out} is there already`), { code: 'EEXIST' })
  }
  const command = commandWords('bench/many-cpus.sh', args)
  const { result, exit } = await measure(values.quick, command, interrupt.signal)
  const name = `${slugOf(result.host)}-${result.date.slice(0, 19).replaceAll(':', '')}.json`
  const file = path.resolve(values.out ?? path.join(root, 'results/many-cpus', name))
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(result, null, 1)}\n`, { flag: 'wx' })
  console.log(resultText(result))
  console.log(`\nwritten: ${path.relative('.', file)}`)
  return exit
}

const interrupt = onInterrupt()
try {
  const exit = await main(process.argv.slice(2))
  process.exitCode = interrupt.code() || exit
} catch (error) {
  const { code, message } = error as Error & { code?: string }
  console.error(`many-cpus: ${message}`)
  const wrongUse = code?.startsWith('ERR_PARSE_ARGS') || code === 'EEXIST'
  process.exitCode = interrupt.code() || (wrongUse ? 2 : 1)
}
