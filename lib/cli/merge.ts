/** `merge`: what shards printed, as the one result that a run without shards gives. */
import type { Command } from 'commander'
import { joinFileSearches, joinSearches } from '../check/shards.js'
import { type CheckResult, type ComparisonWithFiles, InputError } from '../index.js'
import { identity } from '../shards/identity.js'
import { type Joined, joinShards } from '../shards/read.js'
import type { TrackerFilePart } from '../tracker-file/types.js'
import { joinRows, type VerifyPart } from '../verify/join.js'
import { type CheckPlan, tellFileSearch, tellSearch } from './check.js'
import type { Finish } from './options/finish.js'
import { notes } from './options/help.js'
import { Exit, type ExitCode, type Io } from './options/io.js'
import { readTexts, refuseResults } from './options/mistaken.js'
import { checkOutputFile, keepInputs } from './options/output-file.js'
import { type SweepPlan, tellSweep } from './options/sweep.js'
import { tellVerify, type VerifyPlan } from './verify.js'

interface Flags {
  readonly out?: string
  readonly json?: boolean
}

/** What each command's shards hold: this program wrote them, as their digests say. */
function tell({ plan, results }: Joined, asked: Flags, io: Io): ExitCode {
  // As the run without shards says that it was made.
  const flags = { ...asked, typed: `${plan.typed} --json` }
  switch (plan.command) {
    case 'compare': {
      if (flags.out !== undefined) throw new InputError('--out: expected shards of check or verify')
      const { name, flags: typed } = plan as unknown as SweepPlan
      return tellSweep(name, results as ComparisonWithFiles[], { ...typed, ...flags }, io)
    }
    case 'check': {
      const { tracker, flags: typed, range, trackerFiles } = plan as unknown as CheckPlan
      const told = { ...typed, ...flags }
      const no =
        trackerFiles.length > 0
          ? tellFileSearch(tracker, joinFileSearches(range, results as TrackerFilePart[]), told, io)
          : tellSearch(tracker, joinSearches(range, results as CheckResult[]), told, io)
      return no ? Exit.no : Exit.done
    }
    case 'verify': {
      const { flags: typed, about } = plan as unknown as VerifyPlan
      return tellVerify(joinRows(about, results as VerifyPart[]), { ...typed, ...flags }, io)
    }
  }
}

export function addMerge(program: Command, io: Io, finish: Finish): void {
  program
    .command('merge')
    .description('what shards of compare, check or verify printed, as one result')
    .argument('<file...>', 'the lines of all shards of one run; - is stdin')
    .option('--out <file>', 'of check and verify: where to write the shortest log')
    .option('--json', 'one JSON document on stdout')
    .addHelpText(
      'after',
      notes(
        'Prints what the command without --shard would have printed, and ends with its exit code.',
      ),
    )
    .action(async (files: string[], flags: Flags) => {
      keepInputs(flags.out, files)
      if (flags.out !== undefined) checkOutputFile(flags.out, 'the log')
      const texts = await readTexts(files, io)
      refuseResults(texts)
      finish(tell(joinShards(texts, identity(io.made)), flags, io))
    })
}
