/**
 * A finding as a file: an operation log, so that `replay` reads it too, with the schedule in comments.
 *
 *     #! nslabs=128 nareas=1 pool=40000000
 *     # check: tracker=global-racy seed=17 cpus=2 looks=0 late-switch=no
 *     # schedule: 00110010
 *     m 0 1 100000000 2048 0 0
 *
 * A digit of the schedule is the CPU that makes the next shared access; CPU `cpus` turns the tracker
 * on, CPU `cpus` + 1 is the sampler. Schedules of several lines follow each other.
 */
import type { AnyTracker } from '../run/types.js'
import { SEGMENT_SLOTS } from '../scenario/units.js'
import {
  OperationKind,
  type Operations,
  type PoolHeader,
  readTrace,
  TraceError,
  writeOperationLog,
} from '../trace/index.js'

/** What makes a schedule. */
export interface Recorded {
  readonly tracker: AnyTracker
  readonly seed: number
  readonly pool: PoolHeader
  readonly cpus: number
  readonly lateSwitch: boolean
  /** How often the sampler looks. */
  readonly looks: number
  readonly operations: Operations
  /** A byte for each shared access. */
  readonly choices: Buffer
}

const MAX_CPUS = 8
const MAX_LOOKS = 1000
const MAX_SLOTS = 65536
const CHOICES_PER_LINE = 80
const CHECK = /^# check: (.*)$/
const SCHEDULE = /^# schedule: (.*)$/
const FORM = '`# check: tracker=NAME seed=N cpus=N looks=N late-switch=yes|no`'

export function writeFinding(record: Recorded): string {
  const { tracker, seed, cpus, looks, lateSwitch } = record
  const [header = '', ...operations] = writeOperationLog(record.operations, record.pool).split('\n')
  const digits = [...record.choices].join('')
  const lines = digits.match(new RegExp(`.{1,${CHOICES_PER_LINE}}`, 'g')) ?? []
  return [
    header,
    `# check: tracker=${tracker} seed=${seed} cpus=${cpus} looks=${looks} late-switch=${lateSwitch ? 'yes' : 'no'}`,
    ...lines.map((line) => `# schedule: ${line}`),
    ...operations,
  ].join('\n')
}

/** The one `# check:` line. */
function readCheck(lines: readonly string[], file: string) {
  const at = lines.findIndex((line) => CHECK.test(line))
  if (at < 0) throw new TraceError(file, 1, 'there is no `# check:` line', FORM)
  const fail = (problem: string, expected: string): never => {
    throw new TraceError(file, at + 1, problem, expected)
  }
  const words = (CHECK.exec(lines[at] as string)?.[1] ?? '').trim().split(/\s+/)
  const values = new Map(words.map((word) => word.split('=', 2) as [string, string]))
  const text = (name: string): string => values.get(name) ?? fail(`there is no ${name}=`, FORM)
  const number = (name: string, least: number, most: number): number => {
    const value = /^\d+$/.test(text(name)) ? Number(text(name)) : Number.NaN
    if (Number.isSafeInteger(value) && value >= least && value <= most) return value
    return fail(`${name} is "${text(name)}"`, `a whole number from ${least} to ${most}`)
  }
  const late = text('late-switch')
  if (late !== 'yes' && late !== 'no') fail(`late-switch is "${late}"`, 'yes or no')
  return {
    tracker: text('tracker') as AnyTracker,
    seed: number('seed', 0, Number.MAX_SAFE_INTEGER),
    cpus: number('cpus', 1, MAX_CPUS),
    looks: number('looks', 0, MAX_LOOKS),
    lateSwitch: late === 'yes',
  }
}

function readSchedule(lines: readonly string[], file: string, cpus: number): Buffer {
  const choices = lines.flatMap((line, i) => {
    const text = SCHEDULE.exec(line)?.[1]
    if (text === undefined) return []
    return [...text.trim()].map((digit) => {
      // One more turns the tracker on, one more is the sampler.
      if (/^\d$/.test(digit) && Number(digit) < cpus + 2) return Number(digit)
      throw new TraceError(file, i + 1, `the schedule has "${digit}"`, `digits below ${cpus + 2}`)
    })
  })
  if (choices.length === 0) {
    throw new TraceError(file, 1, 'there is no `# schedule:` line', 'the schedule to replay')
  }
  return Buffer.from(choices)
}

/** The line of an operation, for errors: comments and empty lines hold none. */
function lineOf(lines: readonly string[], operation: number): number {
  let seen = -1
  return lines.findIndex((line) => /^[a-z]/.test(line) && ++seen === operation) + 1
}

/** Throws TraceError, with the line. */
export function readFinding(text: string, file: string): Recorded {
  const lines = text.split('\n')
  const checked = readCheck(lines, file)
  const { operations, pool, format } = readTrace(Buffer.from(text), { file })
  if (format !== 'operation-log') throw new TraceError(file, 1, 'no `#!` line', 'an operation log')
  const { nslabs = 0, nareas = 1 } = pool
  if (nslabs % (SEGMENT_SLOTS * nareas) !== 0 || nslabs > MAX_SLOTS) {
    throw new TraceError(
      file,
      1,
      `nslabs is ${nslabs}`,
      `whole segments of ${SEGMENT_SLOTS} slots in each area, and at most ${MAX_SLOTS} slots`,
    )
  }
  for (let i = 0; i < operations.length; i++) {
    const fail = (problem: string, expected: string): never => {
      throw new TraceError(file, lineOf(lines, i), problem, expected)
    }
    const kind = operations.kind(i)
    if (kind !== OperationKind.map && kind !== OperationKind.unmap) {
      fail('an operation that a schedule cannot have', 'm (map) or u (unmap)')
    }
    if (operations.cpu(i) >= checked.cpus) {
      fail(`cpu is ${operations.cpu(i)}`, `a cpu below ${checked.cpus}, as cpus= says`)
    }
    if (operations.bm(i) !== 0n) fail('a segment boundary mask', 'none: schedules have none')
    if (operations.size(i) > 0xffffffff) fail('a size beyond 32 bits', 'at most 256 KiB')
  }
  return {
    ...checked,
    // The reader of operation logs has made sure that all three are there.
    pool: pool as PoolHeader,
    operations,
    choices: readSchedule(lines, file, checked.cpus),
  }
}
