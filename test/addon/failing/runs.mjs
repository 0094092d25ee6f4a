// Runs every kind of plan with the n-th allocation, or the n-th thread, failing: n = 1, 2, 3...
// until none is left that could fail; the further, the larger the steps. Says what came of each.
// Preload failing.so.
import { stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import * as lab from '../../../dist/index.js'

// Node's own threads are there before any may fail.
await Promise.all(Array.from({ length: 8 }, () => stat('.')))

const pool = { slots: 1024, areas: 2 }
const scenario = (more = {}) => ({
  name: 'small',
  cpus: 2,
  steps: 2000,
  workload: { sizes: [{ bytes: 4096 }], inFlight: 8, order: 'random', load: 'toggle' },
  timing: { threads: 2, rounds: 3, sliceMs: 0.5, latencyRounds: 1 },
  ...more,
  pool: { ...pool, ...more.pool },
})
/** So small that it grows, and makes transient pools. */
const growing = scenario({
  pool: { slots: 256, areas: 2, grow: true },
  workload: { sizes: [{ bytes: 65536 }], inFlight: 16, order: 'random', load: 'toggle' },
})
const tracker = 'reserve'
const accuracy = { tracker, timing: false }
const few = { nslabs: 512, nareas: 2, start: 0x40000000n }
const operations = () => {
  const list = new lab.OperationsBuilder()
  for (let id = 0; id < 64; id++) {
    list.map({
      ...{ cpu: 0, id, orig: 0x100000 + id * 0x40000, size: 65536 },
      ...{ am: 0, mam: 0, bm: 0n, expect: 0 },
    })
    if (id % 3 === 2) list.unmap({ cpu: 0, id: id - 1 })
  }
  return list.build()
}

const runs = {
  serial: () => lab.runScenario(scenario(), { ...accuracy, course: true }),
  'serial, growing': () => lab.runScenario(growing, accuracy),
  threads: () => lab.runScenario(scenario(), { ...accuracy, engine: 'threads' }),
  'threads, growing': () => lab.runScenario(growing, { ...accuracy, engine: 'threads' }),
  timed: () => lab.timeVariants(scenario(), [{ tracker: 'off' }, { tracker }]),
  'timed, growing': () => lab.timeVariants(growing, [{ tracker: 'off' }]),
  virtual: () => lab.runScenario(scenario(), { ...accuracy, engine: 'virtual' }),
  replay: () => lab.replayOperations(operations(), few, { tracker, hashEvery: 10 }),
  'replay, growing': () => lab.replayOperations(operations(), few, { tracker, grow: true }),
  check: () => lab.check('global-racy', { seeds: 100, wanted: 'below-truth' }),
  'check, growing': () => lab.check('per-area', { seeds: 50 }),
  calibrate: () => lab.calibrate({ rounds: 3 }),
}

const [kind, ...names] = process.argv.slice(2)
const variable = { memory: 'LAB_FAIL_MEMORY', thread: 'LAB_FAIL_THREAD' }[kind]
const outcomes = {}
for (const name of names.length > 0 ? names : Object.keys(runs)) {
  const said = new Map()
  let n = 0
  for (let hit = true; hit; ) {
    n += n < 48 ? 1 + (n >> 3) : n
    process.env.LAB_FAILED // forgets the last one
    process.env[variable] = String(n)
    const words = await runs[name]().then(
      () => 'done',
      (error) => `${error.name} ${error.code}: ${error.message}`,
    )
    process.env[variable] = '0'
    hit = process.env.LAB_FAILED === 'yes'
    const key = hit ? words : `unharmed: ${words}`
    said.set(key, (said.get(key) ?? 0) + 1)
    for (let i = 0; i < 200 && lab.liveRuns() !== 0; i++) await delay(10)
    if (lab.liveRuns() !== 0) said.set('still running', n)
  }
  outcomes[name] = Object.fromEntries(said)
}
console.log(JSON.stringify(outcomes))
