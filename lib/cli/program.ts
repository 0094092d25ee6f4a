/** The commands together, and what becomes of what they throw. */
import { Command } from 'commander'
import { version } from '../data/package.js'
import { fitTo } from '../report/fit.js'
import { addBoot } from './boot.js'
import { addCalibrate } from './calibrate.js'
import { addCapture } from './capture.js'
import { addCheck } from './check.js'
import { addCompare } from './compare.js'
import { addCompletion } from './completion.js'
import { addDemo } from './demo.js'
import { addDevices } from './devices.js'
import { examplesOf } from './examples.js'
import { addExplain } from './explain.js'
import { addExportSelftest } from './export-selftest.js'
import { addInstructions } from './instructions.js'
import { addList } from './list.js'
import { addMerge } from './merge.js'
import { explainError, explainLostOutput, namingOwners } from './options/errors.js'
import { addExamples, helpConfiguration, helpWidth, notes } from './options/help.js'
import { Exit, type ExitCode, type Io, openIo } from './options/io.js'
import { NAME, shellWord } from './options/next-step.js'
import { terminalColumns } from './options/terminal.js'
import { addParam } from './param.js'
import { addPatch } from './patch.js'
import { addReplay } from './replay.js'
import { addReport } from './report.js'
import { addRun } from './run.js'
import { addSize } from './size.js'
import { addVerify } from './verify.js'
import { addWatch } from './watch.js'

const EPILOGUE = `
Sizes are slots of 2 KiB (32768) or bytes with a unit (64MiB). Without a command, demo runs.

On a terminal, tables are fitted to its width. In a pipe or a file a row is one line, and sentences have at
most 100 columns, unless COLUMNS names a width.

Exit codes: 0 done; 1 the answer is "no"; 2 wrong use or bad input, or the machine could not give
what it takes; 3 the output could not be written; 70 a fault of this program; 129, 130, 143 ended by SIGHUP,
SIGINT, SIGTERM.`

export function makeProgram(io: Io, finish: (code: ExitCode) => void): Command {
  const program = new Command(NAME)
    .description("A laboratory for Linux's swiotlb: trackers, pools, traces")
    .version(version, '-V, --version')
    .addHelpText('after', notes(EPILOGUE))
    .configureHelp(helpConfiguration)
    .exitOverride()
    .configureOutput({
      getOutHelpWidth: helpWidth,
      writeOut: (text) => io.print(text.trimEnd()),
      // What is wrong is said once, by explainError().
      writeErr: () => undefined,
    })
  addDemo(program, io, finish)
  addList(program, io)
  addRun(program, io, finish)
  addCompare(program, io, finish)
  addReplay(program, io, finish)
  addSize(program, io, finish)
  addDevices(program, io)
  addReport(program, io)
  addVerify(program, io, finish)
  addCheck(program, io, finish)
  addMerge(program, io, finish)
  addExportSelftest(program, io)
  addPatch(program, io)
  addBoot(program, io, finish)
  addInstructions(program, io, finish)
  addCapture(program, io)
  addWatch(program, io, finish)
  addCalibrate(program, io)
  addExplain(program, io)
  addParam(program, io)
  addCompletion(program, io)
  for (const command of program.commands) {
    command.option('-q, --quiet', 'no progress on stderr')
    addExamples(command, examplesOf(command.name()))
  }
  program.hook('preAction', (_, command) => {
    if (!command.opts<{ readonly quiet?: boolean }>().quiet) return
    io.hush()
    // It is none of what decides on a result.
    command.setOptionValue('quiet', undefined)
  })
  return program
}

/** Of help for what is no command that name alone, so that it is refused with the nearest. */
function wordsOf(program: Command, args: readonly string[]): readonly string[] {
  const [first, name] = args
  if (first === undefined) return ['demo']
  if (first !== 'help' || name === undefined) return args
  return program.commands.some((command) => command.name() === name) ? args : [name]
}

/** Runs one command line to its end. Never throws. */
export async function runCli(args: readonly string[]): Promise<ExitCode> {
  fitTo(terminalColumns)
  const io = openIo({ version, command: [NAME, ...args].map(shellWord).join(' ') })
  let code: ExitCode = Exit.done
  const program = makeProgram(io, (answer) => {
    code = answer
  })
  try {
    await program.parseAsync(wordsOf(program, args), { from: 'user' })
    await io.drained()
    return explainLostOutput(io) ?? code
  } catch (error) {
    return explainError(namingOwners(error, program), io)
  } finally {
    io.close()
  }
}
