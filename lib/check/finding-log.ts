/**
 * A finding as a file: an operation log, so that `replay` reads it too, with the schedule in comments.
 *
 *     #! nslabs=128 nareas=1 pool=40000000
 *     # check: tracker=global-racy seed=17 layout=packed/kernel/run-counts cpus=2 looks=0 ...
 *     # each digit below is the CPU that makes the next access: 0 to 1 map and unmap
 *     # schedule: 00110010
 *     m 0 1 100000000 2048 0 0
 *
 * A digit of the schedule is the CPU that makes the next shared access; behind 9 come letters. CPU
 * `cpus` turns the tracker on and off; behind it come the sampler, the worker that makes the pool grow
 * (each g), whoever resets the mark (each z), whoever changes the tolerance, and whoever reads used
 * and the mark. Schedules of several lines follow each other. The first `load` operations come before
 * the schedule, one after another.
 */

import { SEGMENT_SLOTS } from '../data/units.js'
import { MAX_STRETCH } from '../native/inputs.js'
import { layouts } from '../native/layout.js'
import type { CheckReplayPlan } from '../native/plans/check.js'
import type { AnyTracker, Layout } from '../results/variant.js'
import {
  LogKeys,
  LogLine,
  logLines,
  OperationKind,
  type Operations,
  type PoolHeader,
  parseTrace,
  writeOperationLog,
} from '../trace/index.js'

type Ordered = Omit<CheckReplayPlan, 'kind' | 'variant' | 'pool' | 'operations'>

/** What makes a schedule. */
export interface Recorded extends Ordered {
  readonly tracker: AnyTracker
  readonly pool: PoolHeader
  readonly layout: Layout
  /** Whether the pool grows. */
  readonly grow: boolean
  /** From the beginning on; null for 1 % of the pool. Slots. */
  readonly tolerance: number | null
  readonly operations: Operations
}

const MAX_CPUS = 8
/** What those behind the CPUs that map do, in their order; enum schedule_role of the engine. */
const roles = [
  'turns the tracker on and off',
  'is the sampler',
  'makes the pool grow',
  'resets the mark',
  'changes the tolerance',
  'reads used and the mark',
] as const
const ROLES = roles.length
const MAX_TOLERANCES = 3
const DIGITS = 36
/** Of looks, of reads and of turns of the switch. */
const MAX_TIMES = 1000
/** Of the largest pool that schedules have. */
export const MAX_SLOTS = 2 ** 17
const MAX_CLOCK = 2 ** 32 - 1
const CHOICES_PER_LINE = 80
const CHECK = 'check'
const SCHEDULE = 'schedule'
const NAMES = [
  'tracker',
  'seed',
  'layout',
  'cpus',
  'load',
  'looks',
  'reads',
  'clock',
  'stretch',
  'watched',
  'late-switch',
  'switches',
  'grow',
  'tolerance',
  'tolerances',
] as const
const FORM =
  '`# check: tracker=NAME seed=N layout=AREAS/COUNTERS/INDEX cpus=N load=N looks=N reads=N ' +
  '[clock=N] [stretch=N] [watched=yes|no] late-switch=yes|no switches=N grow=yes|no [tolerance=N] tolerances=N,N|none`'

const layoutName = ({ areaLayout, counterLayout, slotIndex }: Layout): string =>
  `${areaLayout}/${counterLayout}/${slotIndex}`
const yesNo = (yes: boolean): string => (yes ? 'yes' : 'no')

/** Who makes the accesses, in a line: of the roles only those that make any. */
function whoWords({ choices, cpus }: Recorded): string {
  const met = new Set(choices)
  const others = roles.flatMap((does, i) =>
    met.has(cpus + i) ? [`${(cpus + i).toString(DIGITS)}: ${does}`] : [],
  )
  const maps = cpus === 1 ? '0 maps and unmaps' : `0 to ${cpus - 1} map and unmap`
  return `each digit below is the CPU that makes the next access: ${[maps, ...others].join('; ')}`
}

export function writeFinding(record: Recorded): string {
  const { tracker, seed, layout, cpus, load, looks, reads, lateSwitch, switches, grow } = record
  const { clock, stretchNs, watched } = record
  const [header = '', ...operations] = writeOperationLog(record.operations, record.pool).split('\n')
  const digits = [...record.choices].map((cpu) => cpu.toString(DIGITS)).join('')
  const said = [
    ...[`tracker=${tracker}`, `seed=${seed}`, `layout=${layoutName(layout)}`, `cpus=${cpus}`],
    ...[`load=${load}`, `looks=${looks}`, `reads=${reads}`],
    ...[`clock=${clock}`, `stretch=${stretchNs}`, `watched=${yesNo(watched)}`],
    ...[`late-switch=${yesNo(lateSwitch)}`, `switches=${switches}`, `grow=${yesNo(grow)}`],
    ...(record.tolerance === null ? [] : [`tolerance=${record.tolerance}`]),
    `tolerances=${record.tolerances.join(',') || 'none'}`,
  ]
  const lines = digits.match(new RegExp(`.{1,${CHOICES_PER_LINE}}`, 'g')) ?? []
  return [
    header,
    `# ${CHECK}: ${said.join(' ')}`,
    `# ${whoWords(record)}`,
    ...lines.map((line) => `# ${SCHEDULE}: ${line}`),
    ...operations,
  ].join('\n')
}

/** What the one `# check:` line says. */
function readCheck(line: LogLine, words: string) {
  const keys = new LogKeys(line, words, { what: 'the check line', names: NAMES, form: FORM })
  type Name = (typeof NAMES)[number]
  /** A log of before there were clocks has none, and its mark was looked at. */
  const since = (name: Name, most: number): number =>
    keys.optional(name) === undefined ? 0 : keys.whole(name, 0, most)
  const answer = (name: Name): boolean => {
    const word = keys.text(name)
    if (word !== 'yes' && word !== 'no') line.fail(`${name} is "${word}"`, 'yes or no')
    return word === 'yes'
  }
  const layout = (): Layout => {
    const names = layouts.map(layoutName)
    const found = layouts[names.indexOf(keys.text('layout'))]
    return found ?? line.fail(`layout is "${keys.text('layout')}"`, `one of ${names.join(', ')}`)
  }
  const tolerances = keys.text('tolerances') === 'none' ? [] : keys.text('tolerances').split(',')
  if (tolerances.length > MAX_TOLERANCES) {
    line.fail(`there are ${tolerances.length} tolerances`, `at most ${MAX_TOLERANCES}`)
  }
  return {
    tracker: keys.text('tracker') as AnyTracker,
    seed: keys.whole('seed', 0),
    cpus: keys.whole('cpus', 1, MAX_CPUS),
    load: keys.whole('load', 0),
    looks: keys.whole('looks', 0, MAX_TIMES),
    reads: keys.whole('reads', 0, MAX_TIMES),
    clock: since('clock', MAX_CLOCK),
    stretchNs: since('stretch', MAX_STRETCH),
    watched: keys.optional('watched') === undefined || answer('watched'),
    layout: layout(),
    lateSwitch: answer('late-switch'),
    switches: keys.whole('switches', 0, MAX_TIMES),
    grow: answer('grow'),
    tolerance:
      keys.optional('tolerance') === undefined ? null : keys.whole('tolerance', 0, MAX_SLOTS),
    tolerances: tolerances.map((word) => keys.wholeOf('a tolerance', word, 0, MAX_SLOTS)),
  }
}

function readSchedule(lines: readonly LogLine[], cpus: number): number[] {
  return lines.flatMap((line) =>
    [...(line.remark(SCHEDULE) ?? '')].map((digit) => {
      const number = /^[0-9a-z]$/.test(digit) ? Number.parseInt(digit, DIGITS) : DIGITS
      if (number < cpus + ROLES) return number
      const most = (cpus + ROLES - 1).toString(DIGITS)
      return line.fail(`the schedule has "${digit}"`, `0 to ${most}`)
    }),
  )
}

/** What a schedule cannot have is an error at the line of its operation. */
function refuseOperations(operations: Operations, lines: readonly LogLine[], cpus: number): void {
  // Comments and empty lines hold none.
  const places = lines.filter(({ letter }) => /[a-z]/.test(letter))
  for (const [i, line] of places.entries()) {
    const kind = operations.kind(i)
    if (kind === OperationKind.reset || kind === OperationKind.settle) continue
    if (kind !== OperationKind.map && kind !== OperationKind.unmap) {
      line.fail(
        'an operation that a schedule cannot have',
        'm (map), u (unmap), z (reset) or g (growth work)',
      )
    }
    if (operations.cpu(i) >= cpus) {
      line.fail(`cpu is ${operations.cpu(i)}`, `a cpu below ${cpus}, as cpus= says`)
    }
    if (operations.bm(i) !== 0n) line.fail('a segment boundary mask', 'none: schedules have none')
  }
}

/** Throws TraceError, with the line. */
export function readFinding(text: string, file: string): Recorded {
  const lines = logLines(text, file)
  const top = LogLine.of(file, '', 1)
  const line =
    lines.find((one) => one.remark(CHECK) !== undefined) ??
    top.fail(`there is no \`# ${CHECK}:\` line`, FORM)
  const checked = readCheck(line, line.remark(CHECK) ?? '')
  const { operations, pool, format, lost } = parseTrace(text, { file })
  // Without its last operation it is another schedule.
  const [missing] = lost.reasons
  if (missing !== undefined) lines.at(-1)?.fail(missing, 'the whole log')
  if (format !== 'operation-log') top.fail('no `#!` line', 'an operation log')
  const { nslabs = 0, nareas = 1 } = pool
  if (nslabs % (SEGMENT_SLOTS * nareas) !== 0 || nslabs > MAX_SLOTS) {
    top.fail(
      `nslabs is ${nslabs}`,
      `whole segments of ${SEGMENT_SLOTS} slots in each area, and at most ${MAX_SLOTS} slots`,
    )
  }
  refuseOperations(operations, lines, checked.cpus)
  if (checked.load > operations.length) {
    const most = `at most the ${operations.length} operations of the log`
    line.fail(`load is ${checked.load}`, most)
  }
  const choices = readSchedule(lines, checked.cpus)
  if (choices.length === 0) {
    top.fail(`there is no \`# ${SCHEDULE}:\` line`, 'the schedule to replay')
  }
  return {
    ...checked,
    // The reader of operation logs has made sure that all three are there.
    pool: pool as PoolHeader,
    operations,
    choices: Buffer.from(choices),
  }
}
