/** `run`: one scenario under one tracker. */
import type { Command } from 'commander'
import { type RunResult, runScenario, runTrackerFile } from '../index.js'
import { fileWords } from '../report/parts/tracker-files.js'
import { runText } from '../report/text/run.js'
import { wrap } from '../report/words.js'
import { fileRunAnswer, runAnswer } from './options/answer.js'
import type { Finish } from './options/finish.js'
import type { Io } from './options/io.js'
import { fileWord, nextCheck, nextLine } from './options/next-step.js'
import { fileArgs, isTrackerFile, trackerName } from './options/parse.js'
import {
  addScenarioOptions,
  runOptions,
  type ScenarioFlags,
  sameArgs,
  scenarioOf,
} from './options/scenario.js'
import {
  addTimelineOptions,
  checkTimeline,
  type TimelineFlags,
  withTimeline,
} from './options/timeline.js'

interface RunFlags extends ScenarioFlags, TimelineFlags {
  readonly tracker?: string
}

export function addRun(program: Command, io: Io, finish: Finish): void {
  const command = program
    .command('run')
    .description('one scenario under one tracker, in full')
    .argument('<scenario>', 'a name out of `list`, or a JSON file')
    .option(
      '--tracker <name>',
      'a name out of `list`, or a file of your own, as ./mine.h (default: global-atomic)',
    )
  addTimelineOptions(addScenarioOptions(command))
    .option('--json', 'one JSON document on stdout')
    .action(async (name: string, flags: RunFlags) => {
      checkTimeline(flags, {
        engine: flags.engine,
        files: isTrackerFile(flags.tracker) ? [flags.tracker] : [],
      })
      const input = scenarioOf(name, flags)
      const options = runOptions(flags, io)
      const next = (result: RunResult): string => {
        const { machine } = result
        const cpus = machine && flags.cpus === undefined ? ` --cpus ${machine.cpus}` : ''
        const same = cpus + sameArgs(flags)
        const file = isTrackerFile(flags.tracker) ? fileArgs([flags.tracker]) : ''
        return nextLine('the others beside it', `compare ${fileWord(name)}${same}${file}`)
      }
      if (isTrackerFile(flags.tracker)) {
        const own = await runTrackerFile(flags.tracker, input, options)
        if (flags.json) io.printJson('run-file', own)
        else {
          for (const words of fileWords([own])) io.print(wrap(words))
          if (own.result) io.print(runText(own.result, own))
          const last = nextCheck([own]) ?? (own.result && next(own.result))
          if (last) io.print(last)
        }
        return finish(fileRunAnswer(own))
      }
      const tracker =
        flags.tracker === undefined ? undefined : trackerName('--tracker')(flags.tracker)
      const result = await withTimeline(flags, io, (timeline) =>
        runScenario(input, { ...options, tracker, timeline }),
      )
      if (flags.json) io.printJson('run', result)
      else {
        io.print(runText(result))
        io.print(next(result))
      }
      finish(runAnswer(result))
    })
}
