/** `check`: searches for an order of accesses under which a tracker breaks its promise. */
import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { check, InputError, policies, replayFinding, wantedFindings } from '../index.js'
import { checkText, findingText } from '../report/check.js'
import type { Policy, WantedFinding } from '../virtual/types.js'
import type { Finish } from './finish.js'
import { readInput, STDIN } from './input.js'
import { Exit, type Io } from './io.js'
import { optionOf, wholeNumber, word } from './parse.js'
import { nextLine } from './self.js'

interface Flags {
  readonly seeds?: number
  readonly seed?: number
  readonly policy?: Policy
  readonly wanted?: WantedFinding
  readonly lateSwitch?: boolean
  readonly replay?: string
  readonly out?: string
  readonly json?: boolean
}

/** A search's options make no sense for one schedule that is given. */
function refuseWithReplay(flags: Flags): void {
  for (const name of ['seeds', 'seed', 'policy', 'wanted', 'lateSwitch', 'out'] as const) {
    if (flags[name] === undefined) continue
    throw new InputError(`${optionOf(name)}: expected no --replay beside it; the file says it all`)
  }
}

function write(file: string, log: string): void {
  try {
    writeFileSync(file, log)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new InputError(`--out: ${file} cannot be written (${code}); expected a place for the log`)
  }
}

async function replayFile(
  file: string,
  tracker: string | undefined,
  flags: Flags,
  io: Io,
): Promise<boolean> {
  refuseWithReplay(flags)
  const text = Buffer.from(await readInput(file, io.signal)).toString('latin1')
  const found = await replayFinding(text, file === STDIN ? 'stdin' : file, {
    tracker,
    signal: io.signal,
  })
  if (flags.json) io.printJson(found)
  else {
    io.print(findingText(found))
    if (file !== STDIN) io.print(nextLine('the operations alone, one by one', `replay ${file}`))
  }
  return found.promiseBroken
}

async function search(tracker: string, flags: Flags, io: Io): Promise<boolean> {
  const { seeds, seed, policy, wanted, lateSwitch, out } = flags
  const result = await check(tracker, {
    ...{ seeds, seed, policy, wanted, lateSwitch },
    signal: io.signal,
    onProgress: (done) => io.progress({ phase: `schedules of ${tracker}`, done }),
  })
  const { found } = result
  if (found && out !== undefined) write(out, found.log)
  if (flags.json) io.printJson(result)
  else {
    io.print(checkText(result))
    if (!found) {
      const more = `check ${tracker} --seed ${result.seed + result.seeds} --seeds ${10 * result.seeds}`
      io.print(nextLine('more of them', more))
    } else if (out !== undefined) {
      io.print(nextLine('this schedule once more', `check --replay ${out}`))
    } else {
      const again = `check ${tracker} --seed ${found.seed} --seeds 1 --wanted ${result.wanted}`
      const late = result.lateSwitch ? ' --late-switch' : ''
      // The seed's place in the series decided its policy.
      const drawn = (found.seed - result.seed) % 2 === 0 ? 'uniform' : 'priority'
      const by = result.policy === 'both' ? drawn : result.policy
      io.print(
        nextLine('this schedule in a file', `${again} --policy ${by}${late} --out found.log`),
      )
    }
  }
  return found?.promiseBroken ?? false
}

export function addCheck(program: Command, io: Io, finish: Finish): void {
  program
    .command('check')
    .description('random schedules on virtual CPUs, against what a tracker promises')
    .argument('[tracker]', 'a name out of `list`; with --replay by default the one of the file')
    .option('--seeds <n>', 'schedules to try (default: 1000)', wholeNumber('--seeds', 1))
    .option('--seed <n>', 'the first (default: 1)', wholeNumber('--seed', 0))
    .option(
      '--policy <name>',
      'who goes on: uniform, priority (few switches) or both (default)',
      word('--policy', policies),
    )
    .option(
      '--wanted <name>',
      `what to look for: ${wantedFindings.join(', ')} (default: promise)`,
      word('--wanted', wantedFindings),
    )
    .option('--late-switch', 'turn a switchable tracker on in the midst of it')
    .option('--replay <file>', 'one schedule that was found, once more; - is stdin')
    .option('--out <file>', 'where to write the shortest log')
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', '\nExit code 1 when a promise is broken.')
    .action(async (tracker: string | undefined, flags: Flags) => {
      if (flags.replay === undefined && tracker === undefined) {
        throw new InputError('tracker: expected a name out of `list`, or --replay FILE')
      }
      const broken =
        flags.replay === undefined
          ? await search(tracker as string, flags, io)
          : await replayFile(flags.replay, tracker, flags, io)
      finish(broken ? Exit.no : Exit.done)
    })
}
