/** `verify`: the port against a real kernel source. */
import type { Command } from 'commander'
import {
  InputError,
  OutputError,
  parseTrace,
  type VerifyOptions,
  verify,
  type WholeTrace,
} from '../index.js'
import { type VerifyReport, verifyText } from '../report/text/verify.js'
import { wrap } from '../report/words.js'
import type { Plan } from '../shards/line.js'
import { partsOf, type Shard } from '../shards/shard.js'
import { writeWhole } from '../system/output.js'
import type { VerifyAbout } from '../verify/join.js'
import type { VerifyResult } from '../verify/types.js'
import { VARIANTS } from '../verify/variants.js'
import { type VerifyParts, verifyParts } from '../verify/verify.js'
import type { Finish } from './options/finish.js'
import { readInput, STDIN } from './options/input.js'
import { Exit, type ExitCode, type Io } from './options/io.js'
import { LAYOUT_FLAGS, type LayoutFlags, layoutOf } from './options/layout.js'
import { nextLine, shellWord } from './options/next-step.js'
import { checkOutputFile, keepInputs, unwritable } from './options/output-file.js'
import { givenArgs, wholeNumber, word } from './options/parse.js'
import { addShardOption, printShard, type ShardFlags } from './options/shards.js'
import { latest, missingWords } from './options/so-far.js'

export interface VerifyFlags extends LayoutFlags, ShardFlags {
  readonly kernelSource: string
  readonly operations?: number
  readonly seed?: number
  readonly variants?: string
  readonly profiles?: string
  readonly log?: string
  readonly out?: string
  readonly json?: boolean
}

const WHAT = 'the log'
/** Of each variant: what to go on with after fewer. */
const MANY_OPERATIONS = 10_000_000

const list = (text: string | undefined) => text?.split(',').map((name) => name.trim())

async function readLog(file: string, io: Io): Promise<WholeTrace> {
  const name = file === STDIN ? 'stdin' : file
  const trace = parseTrace(await readInput(file, io.signal), { file: name })
  for (const reason of trace.lost.reasons) io.complain(`${name}: ${reason}`)
  return trace
}

interface Written {
  readonly written: string | null
  /** Why it could not be written. */
  readonly problem?: string
}

/** Writes the shortest log where it was asked for; without that nothing is left behind. */
function writeLog({ rows }: VerifyResult, out: string | undefined): Written {
  const [log] = rows.flatMap(({ difference }) => difference?.shrunk?.log ?? [])
  if (log === undefined || out === undefined) return { written: null }
  try {
    writeWhole(out, log)
    return { written: out }
  } catch (error) {
    return { written: null, problem: unwritable(out, WHAT, error).message }
  }
}

/** What to type next; undefined where that would need again what stdin held. */
function afterVerify({ written, rows }: VerifyReport, flags: VerifyFlags): string | undefined {
  const source = `--kernel-source ${shellWord(flags.kernelSource)}${givenArgs(flags, LAYOUT_FLAGS)}`
  if (written !== null) {
    const variant = rows.find(({ difference }) => difference?.shrunk)?.variant
    return nextLine(
      'this log alone',
      `verify ${source} --variants ${variant} --log ${shellWord(written)}`,
    )
  }
  if (rows.some(({ difference }) => difference?.shrunk)) {
    if (flags.log === STDIN) return undefined
    const same = givenArgs(flags, ['operations', 'seed', 'variants', 'profiles', 'log'])
    return nextLine(
      'the same, with its log in a file',
      `verify ${source}${same} --out difference.log`,
    )
  }
  // A log is as long as it is.
  if (flags.log !== undefined) {
    return nextLine('generated logs', `verify ${source}${givenArgs(flags, ['variants', 'out'])}`)
  }
  const kind = givenArgs(flags, ['seed', 'variants', 'profiles', 'out'])
  const more = Math.max(MANY_OPERATIONS, 10 * (flags.operations ?? 0))
  return nextLine('more of it', `verify ${source} --operations ${more}${kind}`)
}

/** Under a comparison that was interrupted. */
const partialWords = ({ logs, of }: NonNullable<VerifyResult['missing']>): string =>
  logs > 0
    ? missingWords(logs, of, 'logs')
    : wrap('This is not all: no shortest log was found, because it was interrupted.')

/** Prints a comparison, and writes the shortest log that differs. */
export function tellVerify(result: VerifyResult, flags: VerifyFlags, io: Io): ExitCode {
  const { written, problem } = writeLog(result, flags.out)
  const { missing } = result
  const report = { ...result, written }
  if (flags.json) {
    io.printJson('verify', report, flags.typed)
  } else {
    io.print(verifyText(report))
    const last = missing ? partialWords(missing) : afterVerify(report, flags)
    if (last !== undefined) io.print(last)
  }
  // Said last: the log itself was shown.
  if (problem !== undefined) throw new OutputError(problem)
  return result.differences + result.notBuilt.length > 0 ? Exit.no : Exit.done
}

const optionsOf = async (flags: VerifyFlags, io: Io): Promise<VerifyOptions> => ({
  kernelSource: flags.kernelSource,
  operations: flags.operations,
  seed: flags.seed,
  variants: list(flags.variants),
  profiles: list(flags.profiles),
  ...(flags.log !== undefined && { log: await readLog(flags.log, io) }),
  layout: layoutOf(flags),
  signal: io.signal,
  onProgress: io.progress,
})

/** All that decides what a comparison finds. */
export interface VerifyPlan extends Plan {
  readonly command: 'verify'
  readonly flags: VerifyFlags
  readonly about: VerifyAbout
  readonly digests: VerifyParts['digests']
}

/** Some variants and profiles, as lines. */
async function printVerifyShard(
  shard: Shard,
  { shard: _, json: __, ...flags }: VerifyFlags,
  io: Io,
): Promise<void> {
  if (flags.out !== undefined) throw new InputError('--out: expected with merge, not with --shard')
  const options = await optionsOf(flags, io)
  const what = 'variants with their profiles'
  const { about, digests, names, parts } = await verifyParts(options, (all) =>
    partsOf(shard, all.length, what).map((part) => part - 1),
  )
  const plan: Omit<VerifyPlan, 'typed'> = { command: 'verify', flags, about, digests }
  const lines = [...parts].map(
    ([place, part]) => [place + 1, names[place] as string, async () => part] as const,
  )
  await printShard(shard, plan, names.length, lines, io)
}

export function addVerify(program: Command, io: Io, finish: Finish): void {
  const command = program
    .command('verify')
    .description('the port against a real kernel source, operation by operation')
    .requiredOption(
      '--kernel-source <dir>',
      'a kernel tree, a tar of one, or a folder with linux-source-*.tar.xz',
    )
    .option('--operations <n>', 'of each variant (default: 200000)', wholeNumber('--operations', 1))
    .option('--seed <n>', 'of the generated logs (default: 1)', wholeNumber('--seed', 0))
    .option('--variants <a,b>', `${VARIANTS.map(({ name }) => name).join(', ')}; default: all`)
    .option('--profiles <a,b>', 'kinds of generated logs; default: all')
    .option('--log <file>', 'this operation log instead of generated ones; - is stdin')
    .option('--out <file>', 'where the shortest log that differs goes (default: it is shown)')
    .option('--area-layout <name>', "the port's", word('--area-layout', ['packed', 'padded']))
    .option(
      '--counter-layout <name>',
      "the port's",
      word('--counter-layout', ['kernel', 'own-line']),
    )
    .option('--slot-index <name>', "the port's", word('--slot-index', ['run-counts', 'bitmap']))
  addShardOption(command, 'variants with their profiles')
    .option('--json', 'one JSON document on stdout')
    .action(async (flags: VerifyFlags) => {
      if (flags.shard) return printVerifyShard(flags.shard, flags, io)
      if (flags.log !== undefined) keepInputs(flags.out, [flags.log])
      if (flags.out !== undefined) checkOutputFile(flags.out, WHAT)
      const options = await optionsOf(flags, io)
      const result = await latest<VerifyResult>(io.signal, (onSoFar) =>
        verify({ ...options, onSoFar }),
      )
      const answer = tellVerify(result, flags, io)
      io.signal.throwIfAborted()
      finish(answer)
    })
}
