/** `compare`: the headline table, or a series of comparisons. */
import type { Command } from 'commander'
import { SEGMENT_SLOTS } from '../data/units.js'
import {
  type Comparison,
  type ComparisonWithFiles,
  InputError,
  type TrackerFileReport,
  withTrackerFiles,
} from '../index.js'
import { comparisonText } from '../report/text/compare.js'
import { filesAnswer } from './options/answer.js'
import type { Finish } from './options/finish.js'
import type { Io } from './options/io.js'
import { TOPOLOGY_FLAGS } from './options/machine.js'
import { fileWord, nextCheck, nextLine, shellWord } from './options/next-step.js'
import { eachFile, fileArgs, givenArgs, sweep, trackerList } from './options/parse.js'
import { addScenarioOptions, runOptions, sameArgs, scenarioOf } from './options/scenario.js'
import { addShardOption } from './options/shards.js'
import { soFar } from './options/so-far.js'
import {
  type CompareFlags,
  HEADLINE_SCENARIO,
  printSweepShard,
  runSweep,
  tellSweep,
} from './options/sweep.js'
import { addTimelineOptions, checkTimeline, withTimeline } from './options/timeline.js'

/** Of a comparison that nothing was asked of. */
const NO_FLAGS: CompareFlags = { tracker: [], copy: true, timing: true }

/** The five most areas, up to 128, that each have a segment. The review's example grows with them. */
function moreAreas(name: string, { pool }: Comparison, { slots }: CompareFlags): number[] {
  const grows = name === HEADLINE_SCENARIO && slots === undefined
  const most = grows ? Number.POSITIVE_INFINITY : pool.slots / SEGMENT_SLOTS
  return [1, 2, 4, 8, 16, 32, 64, 128].filter((areas) => areas <= most).slice(-5)
}

/** What to type after a comparison: what the result makes one ask. */
export function afterComparison(
  name: string,
  comparison: Comparison & { readonly own?: readonly TrackerFileReport[] },
  flags: CompareFlags = NO_FLAGS,
): string {
  const check = nextCheck(comparison.own)
  if (check !== undefined) return check
  const { trackers = [], tracker: files } = flags
  const those = givenArgs(flags, ['trackers']) + fileArgs(files)
  if (comparison.machine) {
    // The series decides on the machine and its pool.
    const same = sameArgs(flags, ['cpus', 'slots', 'areas', ...TOPOLOGY_FLAGS]) + those
    const series = `compare ${fileWord(name)} --sweep cpus=1,2,4,...,512${same}`
    return nextLine('how it scales, an area for each CPU', series)
  }
  const over = comparison.rows.some((row) => (row.accuracy.errorSlots ?? 0) > 0)
  const areas = moreAreas(name, comparison, flags)
  if (over && comparison.scenario.pool.areas > 1 && areas.length > 1) {
    return nextLine(
      'how the error grows with the areas',
      `compare ${fileWord(name)} --no-timing --sweep areas=${areas}${sameArgs(flags, ['areas', 'timing'])}${those}`,
    )
  }
  if (comparison.timing?.copy) {
    const same = sameArgs(flags, ['copy']) + those
    return nextLine(
      'the same without the bounce copies',
      `compare ${fileWord(name)} --no-copy${same}`,
    )
  }
  const one = files[0] ?? trackers.find((tracker) => tracker !== 'off') ?? 'global-atomic'
  return nextLine(
    'one tracker in full',
    `run ${fileWord(name)} --tracker ${shellWord(one)}${sameArgs(flags)}`,
  )
}

export function addCompare(program: Command, io: Io, finish: Finish): void {
  const command = program
    .command('compare')
    .description('all trackers side by side: what they report, and what they cost')
    .argument('[scenario]', 'a name out of `list`, or a JSON file', HEADLINE_SCENARIO)
    .option('--trackers <a,b,c>', 'default: all', trackerList('--trackers'))
    .option('--tracker <file>', 'a tracker of your own, as ./mine.h; once for each', eachFile, [])
    .option('--sweep <series>', 'a series, as areas=8,16,32 or cpus=1,2,4,...,64', sweep('--sweep'))
  addShardOption(command, 'steps of a series')
  addTimelineOptions(addScenarioOptions(command))
    .option('--json', 'one JSON document on stdout')
    .action(async (name: string, flags: CompareFlags) => {
      const options = { ...runOptions(flags, io), trackers: flags.trackers }
      const { sweep, shard, tracker } = flags
      checkTimeline(flags, { engine: flags.engine, files: tracker })
      if (sweep && flags.traceOut !== undefined) {
        throw new InputError('--trace-out: expected without --sweep; a trace is of one comparison')
      }
      if (sweep && shard) {
        return withTrackerFiles(tracker, options, (compareWithFiles) =>
          printSweepShard(shard, name, { ...flags, sweep }, options, compareWithFiles, io),
        )
      }
      if (shard) throw new InputError('--shard: expected beside --sweep, whose steps it takes')
      if (sweep) {
        const series = { ...flags, sweep }
        const all = await soFar<ComparisonWithFiles>(io.signal, (done) =>
          withTrackerFiles(tracker, options, (compareWithFiles) =>
            runSweep(name, series, options, compareWithFiles, done),
          ),
        )
        const answer = tellSweep(name, all, series, io)
        io.signal.throwIfAborted()
        return finish(answer)
      }
      const comparison = await withTimeline(flags, io, (timeline) =>
        withTrackerFiles(tracker, options, (compareWithFiles) =>
          compareWithFiles(scenarioOf(name, flags), { ...options, timeline }),
        ),
      )
      if (flags.json) io.printJson('compare', comparison)
      else {
        io.print(comparisonText(comparison))
        io.print(afterComparison(name, comparison, flags))
      }
      finish(filesAnswer(comparison))
    })
}
