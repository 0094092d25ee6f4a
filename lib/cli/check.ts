/** `check`: searches for an order of accesses under which a tracker breaks its promise. */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { DEFAULT_SEED, DEFAULT_SEEDS, MAX_SEEDS } from '../check/check.js'
import { SEEDS_TOGETHER, type SeedRange, seedRanges } from '../check/shards.js'
import { checkTrackerFilePart } from '../check/tracker-file.js'
import { countOf } from '../data/units.js'
import {
  type Beside,
  besideNames,
  type CheckResult,
  check,
  checkTrackerFile,
  type Finding,
  InputError,
  policies,
  replayFinding,
  replayFindingOnTrackerFile,
  type TrackerFileCheck,
  trackerSource,
  wantedFindings,
} from '../index.js'
import { checkText, faultText, findingText } from '../report/text/check.js'
import { wrap } from '../report/words.js'
import type { Policy, WantedFinding } from '../results/check.js'
import type { DocumentKind } from '../results/schema.js'
import { digestOf, type Plan } from '../shards/line.js'
import { partsOf, type Shard } from '../shards/shard.js'
import { checkFile } from '../tracker-file/files.js'
import type { Finish } from './options/finish.js'
import { notes } from './options/help.js'
import { readInput, STDIN } from './options/input.js'
import { Exit, type Io } from './options/io.js'
import { addLayoutOptions, LAYOUT_FLAGS, type LayoutFlags, layoutOf } from './options/layout.js'
import { fileWord, nextLine, shellWord } from './options/next-step.js'
import { checkOutputFile, writeOutputFile } from './options/output-file.js'
import {
  givenArgs,
  isTrackerFile,
  optionOf,
  slotCount,
  wholeNumber,
  word,
} from './options/parse.js'
import { addShardOption, printShard, type ShardFlags } from './options/shards.js'

export interface CheckFlags extends LayoutFlags, ShardFlags {
  readonly seeds?: number
  readonly seed?: number
  readonly policy?: Policy
  readonly wanted?: WantedFinding
  readonly beside?: readonly Beside[]
  readonly tolerance?: number
  readonly replay?: string
  readonly out?: string
  readonly coverage?: boolean
  readonly json?: boolean
}

const searchFlags = [
  ...(['seeds', 'seed', 'policy', 'wanted', 'beside', 'tolerance'] as const),
  ...(['out', 'coverage', 'shard'] as const),
  ...LAYOUT_FLAGS,
]

/** A search's options make no sense for one schedule that is given. */
function refuseWithReplay(flags: CheckFlags): void {
  for (const name of searchFlags) {
    if (flags[name] === undefined) continue
    throw new InputError(`${optionOf(name)}: expected no --replay beside it; the file says it all`)
  }
}

function besideList(text: string): Beside[] {
  if (text === 'nothing') return []
  const one = word('--beside', besideNames)
  return text.split(',').map((name) => one(name.trim()))
}

const WHAT = 'the log'

type Told<T> = Pick<TrackerFileCheck, 'tracker' | 'file' | 'fault'> & { readonly result: T | null }

/** Of a file: the whole answer as JSON, or what is wrong with it. Gives what there is to report. */
function tellFile<T>(kind: DocumentKind, own: Told<T>, flags: CheckFlags, io: Io): T | null {
  if (flags.json) io.printJson(kind, own, flags.typed)
  else if (own.fault !== null) io.print(faultText(own))
  return own.result
}

async function replayLog(
  log: string,
  tracker: string | undefined,
  flags: CheckFlags,
  io: Io,
): Promise<boolean> {
  refuseWithReplay(flags)
  const text = Buffer.from(await readInput(log, io.signal)).toString('latin1')
  const name = log === STDIN ? 'stdin' : log
  const { signal } = io
  let found: ({ readonly tracker: string } & Finding) | null
  if (isTrackerFile(tracker)) {
    const own = await replayFindingOnTrackerFile(tracker, text, name, { signal })
    const result = tellFile('finding-file', own, flags, io)
    found = result && { ...result, tracker: own.tracker }
  } else {
    found = await replayFinding(text, name, { tracker, signal })
    if (flags.json) io.printJson('finding', found)
  }
  if (!found) return true
  if (!flags.json) {
    io.print(findingText(found))
    if (log !== STDIN)
      io.print(nextLine('the operations alone, one by one', `replay ${fileWord(log)}`))
  }
  return found.promiseBroken
}

/** The options that a seed's schedule depends on, as they were given. */
function scenarioArgs(flags: CheckFlags): string {
  const beside = flags.beside ? ` --beside ${flags.beside.join(',') || 'nothing'}` : ''
  const coverage = flags.coverage ? ' --coverage' : ''
  return beside + givenArgs(flags, ['tolerance', ...LAYOUT_FLAGS]) + coverage
}

/** What to type after a search. `tracker` as the user named it. */
function afterSearch(tracker: string, result: CheckResult, flags: CheckFlags): string {
  const { found } = result
  const { out } = flags
  const args = scenarioArgs(flags)
  if (!found) {
    const from = `--seed ${result.seed + result.seeds} --seeds ${Math.min(10 * result.seeds, MAX_SEEDS)}`
    const kind = givenArgs(flags, ['wanted', 'policy', 'out'])
    const more = nextLine('more of them', `check ${shellWord(tracker)} ${from}${kind}${args}`)
    return out === undefined ? more : `nothing was written to ${out}\n${more}`
  }
  if (out !== undefined) {
    // A log of a file names none that is in the list.
    const file = isTrackerFile(tracker) || flags.coverage ? `${shellWord(tracker)} ` : ''
    return nextLine('this schedule once more', `check ${file}--replay ${shellWord(out)}`)
  }
  const again = `check ${shellWord(tracker)} --seed ${found.seed} --seeds 1 --wanted ${result.wanted}`
  // The seed's place in the series decided its policy; that of a seed which holds a CPU says nothing.
  const drawn = (found.seed - result.seed) % 2 === 0 ? 'uniform' : 'priority'
  const by = result.policy === 'both' ? drawn : result.policy
  return nextLine('this schedule in a file', `${again} --policy ${by}${args} --out found.log`)
}

/** What there is of a search that was interrupted, and how it goes on from there. */
function untilThen(tracker: string, tried: number, flags: CheckFlags): string {
  const { seed = DEFAULT_SEED, seeds = DEFAULT_SEEDS } = flags
  const from = `--seed ${seed + tried} --seeds ${seeds - tried}`
  const kind = givenArgs(flags, ['wanted', 'policy', 'out'])
  const first = countOf(tried, 'schedule')
  if (tried >= seeds) {
    return wrap(
      `${tracker}: nothing was found in ${first}, from seed ${seed}; the short serial runs behind them were not ended.`,
    )
  }
  return [
    wrap(`${tracker}: nothing was found in the first ${first}, from seed ${seed}.`),
    nextLine(
      'the rest of them',
      `check ${shellWord(tracker)} ${from}${kind}${scenarioArgs(flags)}`,
    ),
  ].join('\n')
}

/**
 * What a search found as text, and in a file. Gives whether the answer is "no".
 *
 * @param broken what short runs showed besides
 */
function tellFound(
  tracker: string,
  result: CheckResult,
  flags: CheckFlags,
  io: Io,
  broken: readonly string[] = [],
): boolean {
  const { out } = flags
  if (!flags.json) io.print(checkText(result, broken))
  // Behind the text: a file that cannot be written must not cost the finding.
  if (result.found && out !== undefined) writeOutputFile(out, result.found.log, WHAT)
  if (!flags.json && !result.differ) io.print(afterSearch(tracker, result, flags))
  const no = result.differ !== null || broken.length > 0
  return no || (result.found?.promiseBroken ?? false)
}

/** All that is printed of a search of a tracker of the list. */
export function tellSearch(
  tracker: string,
  result: CheckResult,
  flags: CheckFlags,
  io: Io,
): boolean {
  if (flags.json) io.printJson('check', result, flags.typed)
  return tellFound(tracker, result, flags, io)
}

const isCompiled = (tracker: string, flags: CheckFlags): boolean =>
  isTrackerFile(tracker) || flags.coverage === true

const fileOf = (tracker: string): string =>
  isTrackerFile(tracker) ? tracker : trackerSource(tracker)

/** All that is printed of a search of a tracker file. */
export function tellFileSearch(
  tracker: string,
  own: TrackerFileCheck,
  flags: CheckFlags,
  io: Io,
): boolean {
  const result = tellFile('check-file', own, flags, io)
  return result ? tellFound(tracker, result, flags, io, own.broken) : true
}

const searchOptions = (
  tracker: string,
  { seeds, seed, policy, wanted, beside, tolerance, ...flags }: CheckFlags,
  io: Io,
) => ({
  ...{ seeds, seed, policy, wanted, beside, tolerance, layout: layoutOf(flags) },
  signal: io.signal,
  onProgress: (done: number): void => {
    const work = { count: Math.floor(done * (seeds ?? DEFAULT_SEEDS)), unit: 'schedule' }
    io.progress({ phase: `schedules of ${tracker}`, done, work })
  },
})

async function search(tracker: string, flags: CheckFlags, io: Io): Promise<boolean> {
  const { out } = flags
  if (out !== undefined) checkOutputFile(out, WHAT)
  const { onProgress, ...options } = searchOptions(tracker, flags, io)
  let tried = 0
  const noted = (done: number): void => {
    // Every other schedule has the other policy: what is left begins as this did.
    tried = 2 * Math.floor((done * (flags.seeds ?? DEFAULT_SEEDS)) / 2)
    onProgress(done)
  }
  // The first finding ends a search: while it goes on, there is none.
  const interrupted = (): void => {
    if (!flags.json && tried > 0) io.print(untilThen(tracker, tried, flags))
  }
  io.signal.addEventListener('abort', interrupted, { once: true })
  try {
    return await searchFor(tracker, { ...options, onProgress: noted }, flags, io)
  } finally {
    io.signal.removeEventListener('abort', interrupted)
  }
}

async function searchFor(
  tracker: string,
  options: ReturnType<typeof searchOptions>,
  flags: CheckFlags,
  io: Io,
): Promise<boolean> {
  if (!isCompiled(tracker, flags)) {
    return tellSearch(tracker, await check(tracker, options), flags, io)
  }
  return tellFileSearch(tracker, await checkTrackerFile(fileOf(tracker), options), flags, io)
}

/** What decides what a search finds. */
export interface CheckPlan extends Plan {
  readonly command: 'check'
  readonly tracker: string
  readonly flags: CheckFlags
  readonly range: SeedRange
  /** Digests of the tracker file that was compiled; none for one that is compiled in. */
  readonly trackerFiles: readonly string[]
}

/** One part of a search, as a line. */
async function printSearchShard(
  shard: Shard,
  tracker: string,
  { shard: _, json: __, ...flags }: CheckFlags,
  io: Io,
): Promise<void> {
  if (flags.out !== undefined) throw new InputError('--out: expected with merge, not with --shard')
  const { seed = DEFAULT_SEED, seeds = DEFAULT_SEEDS } = flags
  const compiled = isCompiled(tracker, flags)
  if (compiled) checkFile(fileOf(tracker), 'tracker')
  const plan: Omit<CheckPlan, 'typed'> = {
    command: 'check',
    tracker,
    flags,
    range: { seed, seeds },
    trackerFiles: compiled ? [digestOf(readFileSync(fileOf(tracker), 'utf8'))] : [],
  }
  partsOf(shard, Math.ceil(seeds / SEEDS_TOGETHER), `times ${SEEDS_TOGETHER} schedules`)
  const range = seedRanges(plan.range, shard.of)[shard.number - 1] as SeedRange
  const options = searchOptions(tracker, { ...flags, ...range }, io)
  const run = () =>
    compiled ? checkTrackerFilePart(fileOf(tracker), options) : check(tracker, options)
  const name = `seeds from ${range.seed} to ${range.seed + range.seeds - 1}`
  await printShard(shard, plan, shard.of, [[shard.number, name, run]], io)
}

export function addCheck(program: Command, io: Io, finish: Finish): void {
  const command = program
    .command('check')
    .description('random schedules on virtual CPUs, against what a tracker promises')
    .argument(
      '[tracker]',
      'a name out of `list`, or a file of your own, as ./mine.h; with --replay by default the one of the log',
    )
    .option(
      '--seeds <n>',
      `schedules to try (default: ${DEFAULT_SEEDS})`,
      wholeNumber('--seeds', 1, MAX_SEEDS),
    )
    .option('--seed <n>', 'the first (default: 1)', wholeNumber('--seed', 0))
    .option(
      '--policy <name>',
      'who goes on: uniform, priority (few switches) or both (default); in one of four schedules a CPU is held',
      word('--policy', policies),
    )
    .option(
      '--wanted <name>',
      `what to look for: ${wantedFindings.join(', ')} (default: promise)`,
      word('--wanted', wantedFindings),
    )
    .option(
      '--beside <a,b>',
      `what may happen meanwhile: ${besideNames.join(', ')}, or nothing (default: all it has)`,
      besideList,
    )
    .option(
      '--tolerance <size>',
      'of a tracker that has one, as reserve, in every schedule: slots or a size (default: 1 % of each pool, and changed meanwhile)',
      slotCount('--tolerance', 0),
    )
  addShardOption(command, 'schedules')
  addLayoutOptions(command, 'each in turn')
    .option('--replay <file>', 'one schedule that was found, once more; - is stdin')
    .option('--out <file>', 'where to write the shortest log')
    .option(
      '--coverage',
      'compile a tracker of the list here, to say which of its code ran (a file of your own always is)',
    )
    .option('--json', 'one JSON document on stdout')
    .addHelpText(
      'after',
      notes('Exit code 1 when a promise is broken, or a file does not compile, crashes or hangs.'),
    )
    .action(async (tracker: string | undefined, flags: CheckFlags) => {
      if (flags.replay === undefined && tracker === undefined) {
        throw new InputError(
          'tracker: expected a name out of `list`, a file as ./mine.h, or --replay LOG',
        )
      }
      if (flags.shard && flags.replay === undefined) {
        return printSearchShard(flags.shard, tracker as string, flags, io)
      }
      const broken =
        flags.replay === undefined
          ? await search(tracker as string, flags, io)
          : await replayLog(flags.replay, tracker, flags, io)
      finish(broken ? Exit.no : Exit.done)
    })
}
