/** `run`: one scenario under one tracker. */
import type { Command } from 'commander'
import { runScenario, type TrackerName } from '../index.js'
import { runText } from '../report/run.js'
import { runAnswer } from './answer.js'
import type { Finish } from './finish.js'
import type { Io } from './io.js'
import { trackerName } from './parse.js'
import {
  addScenarioOptions,
  openScenario,
  runOptions,
  type ScenarioFlags,
  withFlags,
} from './scenario-options.js'
import { nextLine } from './self.js'

interface RunFlags extends ScenarioFlags {
  readonly tracker?: TrackerName
}

export function addRun(program: Command, io: Io, finish: Finish): void {
  const command = program
    .command('run')
    .description('one scenario under one tracker, in full')
    .argument('<scenario>', 'a name out of `list`, or a JSON file')
    .option('--tracker <name>', 'default: global-atomic', trackerName('--tracker'))
  addScenarioOptions(command)
    .option('--json', 'one JSON document on stdout')
    .action(async (name: string, flags: RunFlags) => {
      const result = await runScenario(withFlags(openScenario(name), flags), {
        ...runOptions(flags, io),
        tracker: flags.tracker,
      })
      if (flags.json) {
        io.printJson(result)
      } else {
        io.print(runText(result))
        const { machine } = result
        const same = machine ? ` --engine virtual --cpus ${machine.cpus}` : ''
        io.print(nextLine('the others beside it', `compare ${name}${same}`))
      }
      finish(runAnswer(result))
    })
}
