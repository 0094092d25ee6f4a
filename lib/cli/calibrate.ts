/** `calibrate`: this host's costs, for the virtual engine. */
import type { Command } from 'commander'
import { calibrate } from '../index.js'
import { calibrationText } from '../report/text/calibrate.js'
import type { Io } from './options/io.js'
import { nextLine, shellWord } from './options/next-step.js'
import { checkOutputFile, writeOutputFile } from './options/output-file.js'
import { givenArgs, wholeNumber } from './options/parse.js'

interface Flags {
  readonly out?: string
  readonly rounds?: number
  readonly json?: boolean
}

const WHAT = 'the model'

export function addCalibrate(program: Command, io: Io): void {
  program
    .command('calibrate')
    .description("measures this host's costs for the virtual engine")
    .option('--out <file>', 'where to write the cost model')
    .option('--rounds <n>', 'samples of each figure (default: 40)', wholeNumber('--rounds', 1))
    .option('--json', 'one JSON document on stdout')
    .action(async ({ out, rounds, json }: Flags) => {
      if (out !== undefined) checkOutputFile(out, WHAT)
      const calibration = await calibrate({
        rounds,
        signal: io.signal,
        onProgress: (done) => io.progress({ phase: 'calibrating', done }),
      })
      if (out !== undefined) {
        writeOutputFile(out, `${JSON.stringify(calibration.model, null, 2)}\n`, WHAT)
      }
      if (json) return io.printJson('calibrate', calibration)
      io.print(calibrationText(calibration))
      io.print(
        out === undefined
          ? nextLine(
              'the same into a file',
              `calibrate --out costs.json${givenArgs({ rounds }, ['rounds'])}`,
            )
          : nextLine(
              'use it',
              `compare uniform --engine virtual --cpus 64 --cost-model ${shellWord(out)}`,
            ),
      )
    })
}
