// Runs the model: every configuration is searched to its end and must hold, and with one guard
// taken out it must fail. Needs spin and gcc; without them it exits with 77 and says why.
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const MODEL = fileURLToPath(new URL('reserve.pml', import.meta.url))
const SKIPPED = 77
/* Two are searched side by side; each takes less than a minute. */
const LIMIT_SECONDS = 240
const LIMIT_MIB = 2000
const DEEPEST = 6_000_000

/** What must hold, with nothing left out. */
const configurations = [
  ['exact', 'TOLERANCE=0 RESET'],
  ['a tolerance', 'TOLERANCE=1 RESET'],
  ['larger chunks', 'TOLERANCE=3 MAX_CHUNK=2'],
  ['larger areas', 'SLOTS=3 RESET'],
  ['the tolerance changes', 'TOLERANCE=0 OTHER_TOLERANCE=2 RESET'],
  ['a transient pool', 'TRANSIENT RESET'],
  ['a transient pool beside two areas', 'AREAS=3 TRANSIENT TOLERANCE=0'],
  ['three areas', 'AREAS=3 LAST_SLOTS=1 TOLERANCE=0'],
  ['three workers', 'WORKERS=3 RESET'],
  ['a reader', 'SLOTS=1 TOLERANCE=0 READER RESET'],
  ['a reader, a tolerance', 'SLOTS=1 READER RESET'],
  ['a group, exact', 'GROUPS=1 SLOTS=1 TOLERANCE=0 RESET'],
  ['a group', 'GROUPS=1 SLOTS=1 RESET'],
  ['a sweep leaves a group some', 'GROUPS=1 SLOTS=1 LEFT=2 MOST=4 TOLERANCE=3'],
  ['a group, larger areas', 'GROUPS=1 LAST_SLOTS=1 TOLERANCE=0'],
  ['a group and a transient pool', 'GROUPS=1 SLOTS=1 TRANSIENT TOLERANCE=0'],
  ['two groups', 'GROUPS=2 SLOTS=1 TOLERANCE=0'],
  ['a group and a reader', 'GROUPS=1 SLOTS=1 TOLERANCE=0 READER'],
]

/** What each guard is there for: without it this breaks. */
const UNDER = /assertion violated .*low<=mark/
const OVER = /assertion violated .*mark<=\(peak\+bound\)/
const READ = /assertion violated .*sum<=/
const SHOWN = /assertion violated .*low<=seen/
const SUM = /assertion violated .*granted>=/
const DEADLOCK = /pan:\d+: invalid end state/
const guards = [
  ['NO_RAISE', '', UNDER, 'a map that passes the mark returns at once'],
  ['NO_SWEEP', '', OVER, 'the mark rises without a sweep'],
  ['NO_CHUNK_ZERO', '', OVER, 'a sweep leaves the chunk'],
  ['NOT_STRICT', '', OVER, "a sweep leaves the area's least use"],
  ['STALE_CHUNK', '', OVER, "the chunk is read before the area's lock is taken"],
  ['STALE_MARK', 'RESET', UNDER, "the mark is read before the area's lock is taken"],
  ['NO_MARK_ZERO', 'RESET', UNDER, 'a reset leaves the mark while it sweeps'],
  ['UNLOCKED_SWEEP', '', SUM, 'a sweep takes no area lock'],
  ['NO_TRIM', 'GROUPS=1 SLOTS=1', OVER, 'a sweep does not wait for the groups'],
  ['UNCOUNTED_SPARE', 'GROUPS=1 SLOTS=1 LEFT=2', OVER, 'the mark rises by what is left to groups'],
  ['STALE_MOST', 'GROUPS=1 SLOTS=1', OVER, 'who gives looks at what a group may hold before'],
  ['UNLOCKED_REFILL', 'GROUPS=1 SLOTS=1', OVER, 'a group is refilled without its lock'],
  ['UNLOCKED_RECLAIM', 'GROUPS=1 SLOTS=1', OVER, 'a group is taken back from without its lock'],
  ['RECLAIM_LATE', 'GROUPS=1 SLOTS=1', OVER, 'what is taken back is granted beyond the lock'],
  ['IN_DEBT', 'GROUPS=1 SLOTS=1', OVER, 'what a group did not have is not put back'],
  ['NOT_AGAIN', 'GROUPS=1 TOLERANCE=0', OVER, 'what others gave into a debt is asked for as well'],
  ['USED_UNCAPPED', 'SLOTS=1 READER', READ, "used is the areas' sum, whatever the mark"],
  ['REPORT_ZERO', 'SLOTS=1 READER RESET', SHOWN, 'readers see the zero of a reset'],
  ['RAISE_UNDER_LOCK', '', DEADLOCK, "a map raises the mark with its area's lock held"],
]

function missingTool() {
  return ['spin', 'gcc'].find((tool) => spawnSync(tool, ['--version']).error !== undefined)
}

/** Searches one configuration: what the verifier printed, or why there is nothing. */
async function search(flags) {
  const defines = flags.split(' ').filter(Boolean)
  let cwd
  try {
    cwd = mkdtempSync(join(tmpdir(), 'swiotlb-lab-model-'))
    await run('spin', [...defines.map((flag) => `-D${flag}`), '-a', MODEL], { cwd })
    const options = ['-O2', '-w', '-DSAFETY', '-DCOLLAPSE', `-DMEMLIM=${LIMIT_MIB}`]
    await run('gcc', [...options, '-o', 'pan', 'pan.c'], { cwd })
    const started = performance.now()
    const limits = { cwd, timeout: LIMIT_SECONDS * 1000, killSignal: 'SIGKILL' }
    // It exits with 0 whatever it finds.
    const { stdout, stderr } = await run(join(cwd, 'pan'), [`-m${DEEPEST}`, '-w22'], limits)
    return { output: stdout + stderr, seconds: (performance.now() - started) / 1000 }
  } catch (error) {
    const words = (error.stdout ?? '') + (error.stderr || error.message)
    return { failure: error.killed ? `no end after ${LIMIT_SECONDS} s` : words, output: '' }
  } finally {
    if (cwd) rmSync(cwd, { recursive: true, force: true })
  }
}

const figure = (output, pattern) => Number(pattern.exec(output)?.[1] ?? Number.NaN)

/** The size of the state space, as the verifier counted it. */
function sizeOf({ output, seconds }) {
  const states = figure(output, /([\d.e+]+) states, stored/)
  const transitions = figure(output, /([\d.e+]+) transitions/)
  const depth = figure(output, /depth reached (\d+)/)
  const mib = figure(output, /([\d.e+]+)\s+total actual memory usage/)
  return `${states} states, ${transitions} transitions, depth ${depth}; ${mib} MiB, ${seconds.toFixed(1)} s`
}

/** Null, or why this is no proof. */
function faultOf({ failure, output }) {
  if (failure) return failure
  const violated = /pan:\d+: (.*)/.exec(output)
  if (violated) return violated[1]
  if (/Search not completed|max search depth too small|out of memory/.test(output)) {
    return 'the search did not come to its end'
  }
  return /errors: 0\b/.test(output) ? null : `the verifier gave no answer: ${output}`
}

let failed = 0
function report(good, name, words) {
  if (!good) failed++
  console.log(`${good ? 'ok    ' : 'FAILED'}  ${name}: ${words}`)
}

const missing = missingTool()
if (missing) {
  console.log(`skipped: ${missing} is not installed`)
  process.exit(SKIPPED)
}
const work = [
  ...configurations.map(([name, flags]) => async () => {
    const result = await search(flags)
    const fault = faultOf(result)
    report(fault === null, `${name} (${flags})`, fault ?? sizeOf(result))
  }),
  ...guards.map(([guard, flags, breaks, meaning]) => async () => {
    const result = await search(`${guard} ${flags}`)
    const found = /pan:\d+: (.*)/.exec(result.output)?.[1]
    report(
      breaks.test(result.output),
      `${guard}, ${meaning}`,
      found ? `found: ${found}` : (result.failure ?? 'the model still holds'),
    )
  }),
]
async function worker() {
  for (let next = work.shift(); next; next = work.shift()) await next()
}
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker))
process.exit(failed === 0 ? 0 : 1)
