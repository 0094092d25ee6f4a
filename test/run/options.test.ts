/** What a caller gives wrongly is named: unknown options, and values of the wrong kind. */

import { join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import * as lab from '../../lib/index.js'

jest.setTimeout(60_000)

const scenario = lab.presets['review-64mib']
const log = '#! nslabs=256 nareas=2 pool=40000000\nm 0 1 1000 2048 0 0\nu 0 1\n'
const trace = lab.parseTrace(log, { file: 'made.log' })
const kernelSource = '/nowhere'
const FILE = join(__dirname, '../data/trackers/forms.h')

/** One call of a public function; it may be asynchronous, or a generator. */
async function call(run: () => unknown): Promise<unknown> {
  const made = run()
  const given = (await made) as AsyncIterable<unknown> | undefined
  if (typeof given === 'object' && given !== null && Symbol.asyncIterator in given) {
    for await (const _ of given) break
  }
  return given
}

/** Every public function that takes options, each with one that is misspelt, and what is meant. */
const misspelt: Readonly<
  Record<string, readonly [run: () => unknown, wrong: string, right: string]>
> = {
  bootTrackers: [
    () =>
      lab.bootTrackers({
        ...{ kernelSource, trackers: ['off'], work: '/nowhere', kind: {}, machine: {} },
        onStp: 1,
      } as never),
    'onStp',
    'onStep',
  ],
  calibrate: [() => lab.calibrate({ round: 1 } as never), 'round', 'rounds'],
  captureScript: [() => lab.captureScript({ second: 1 } as never), 'second', 'seconds'],
  check: [() => lab.check('off', { seedz: 1 } as never), 'seedz', 'seed'],
  checkTrackerFile: [() => lab.checkTrackerFile(FILE, { limits: 1 } as never), 'limits', 'limit'],
  compare: [() => lab.compare(scenario, { tracker: ['off'] } as never), 'tracker', 'trackers'],
  countInstructions: [
    () =>
      lab.countInstructions({
        ...{ kernelSource, trackers: ['off'], work: '/nowhere', pool: {}, signl: 1 },
      } as never),
    'signl',
    'signal',
  ],
  devices: [() => lab.devices(trace, { onprogress: 1 } as never), 'onprogress', 'onProgress'],
  exportSelftest: [() => lab.exportSelftest({ foldr: 'x' } as never), 'foldr', 'folder'],
  explain: [() => lab.explain('x', { nam: 1 } as never), 'nam', 'name'],
  openTrace: [
    () => lab.openTrace(lab.fileSource('x'), { file: 'x' }, { signl: 1 } as never),
    'signl',
    'signal',
  ],
  param: [() => lab.param('64MiB', { kernl: 1 } as never), 'kernl', 'kernel'],
  parseTrace: [() => lab.parseTrace(log, { file: 'x', nslab: 1 } as never), 'nslab', 'nslabs'],
  patch: [() => lab.patch({ kernelSource, tracker: 'off', output: 'x' } as never), 'output', 'out'],
  predictLoop: [() => lab.predictLoop({ machineCpu: 1 } as never), 'machineCpu', 'machineCpus'],
  readTrace: [() => lab.readTrace('x', { narea: 1 } as never), 'narea', 'nareas'],
  replay: [() => lab.replay(trace, { slot: 1 } as never), 'slot', 'slots'],
  replayFinding: [() => lab.replayFinding('x', 'x', { traker: 1 } as never), 'traker', 'tracker'],
  replayFindingOnTrackerFile: [
    () => lab.replayFindingOnTrackerFile(FILE, 'x', 'x', { limt: 1 } as never),
    'limt',
    'limit',
  ],
  replayOperations: [
    () => lab.replayOperations(trace.operations, trace.pool as never, { grwo: 1 } as never),
    'grwo',
    'grow',
  ],
  replayPlacements: [
    () => lab.replayPlacements(trace, { trackers: ['off'] } as never),
    'trackers',
    'tracker',
  ],
  resolveTopology: [() => lab.resolveTopology(8, { socket: 2 } as never), 'socket', 'sockets'],
  runScenario: [
    () => lab.runScenario(scenario, { trackers: 'off' } as never),
    'trackers',
    'tracker',
  ],
  runTrackerFile: [
    () => lab.runTrackerFile(FILE, scenario, { limit: 1 } as never),
    'limit',
    'limits',
  ],
  size: [() => lab.size([{ trace }], { order: 1 } as never), 'order', 'orders'],
  timeVariants: [
    () => lab.timeVariants(scenario, [], { signals: 1 } as never),
    'signals',
    'signal',
  ],
  trackerMemory: [() => lab.trackerMemory('off', { signl: 1 } as never), 'signl', 'signal'],
  verify: [() => lab.verify({ kernelSource, operation: 1 } as never), 'operation', 'operations'],
  watch: [() => lab.watch({ period: 1 } as never), 'period', 'periodMs'],
  withReplayFiles: [
    () => lab.withReplayFiles([FILE], { limit: 1 } as never, async () => 0),
    'limit',
    'limits',
  ],
  withTrackerFiles: [
    () => lab.withTrackerFiles([FILE], { uses: 1 } as never, async () => 0),
    'uses',
    'use',
  ],
}

/** Every other one, called with an argument of the wrong kind, and what that is called. */
const wrongKind: Readonly<Record<string, readonly [run: () => unknown, name: string]>> = {
  adjustSize: [() => lab.adjustSize('a' as never, 1), 'slots'],
  bootText: [() => lab.bootText(undefined as never), 'result'],
  bootedPromise: [() => lab.bootedPromise(null, 'x' as never), 'bounds'],
  buildKernelLibraries: [() => lab.buildKernelLibraries(1 as never, 'x'), 'source'],
  captureText: [() => lab.captureText(undefined as never, []), 'rows'],
  checkCostModel: [() => lab.checkCostModel(1), 'cost model'],
  closeTrace: [() => lab.closeTrace({} as never), 'trace'],
  comparisonText: [() => lab.comparisonText(undefined as never), 'comparison'],
  estimate: [() => lab.estimate([]), 'values'],
  fileSource: [() => lab.fileSource(1 as never), 'file'],
  formatBytes: [() => lab.formatBytes('x' as never), 'bytes'],
  formatRatio: [() => lab.formatRatio(1 as never), 'ratio'],
  formatSlots: [() => lab.formatSlots('x' as never), 'slots'],
  frontierMoves: [() => lab.frontierMoves({} as never), 'steps'],
  inRegime: [() => lab.inRegime(undefined as never, undefined as never), 'regime'],
  instructionsText: [() => lab.instructionsText(undefined as never), 'result'],
  joinedSource: [() => lab.joinedSource('x' as never), 'parts'],
  lineRegimes: [() => lab.lineRegimes(1 as never), 'rounds'],
  loadCostModel: [() => lab.loadCostModel('no-such-model'), 'costModel'],
  loadScenario: [() => lab.loadScenario(1 as never), 'scenario'],
  offWasItself: [() => lab.offWasItself(1 as never), 'noise'],
  openCapture: [() => lab.openCapture({} as never, 'x'), 'source'],
  parseBytes: [() => lab.parseBytes(1 as never), 'text'],
  parseNotes: [() => lab.parseNotes('x', 1 as never), 'text'],
  parseSlots: [() => lab.parseSlots(1 as never), 'text'],
  passings: [() => lab.passings('off' as never, [], 'full'), 'trackers'],
  ratio: [() => lab.ratio([1], 1 as never), 'b'],
  resolveScenario: [() => lab.resolveScenario('uniform' as never), 'scenario'],
  review: [() => lab.review('8' as never), 'areas'],
  roundings: [() => lab.roundings('uniform' as never), 'scenario'],
  streamSource: [() => lab.streamSource('x' as never, 'x'), 'stream'],
  textTable: [() => lab.textTable(['a'], 1 as never), 'rows'],
  trackerSource: [() => lab.trackerSource(1 as never), 'tracker'],
  traitsOf: [() => lab.traitsOf(1 as never), 'tracker'],
  writeOperationLog: [() => lab.writeOperationLog(1 as never, trace.pool as never), 'operations'],
}

const isClass = (value: unknown): boolean => /^class\b/.test(String(value))

test('no public function is left out here', () => {
  const functions = Object.entries(lab)
    .filter(([, value]) => typeof value === 'function' && !isClass(value))
    .map(([name]) => name)
  const without = ['costModels', 'host', 'liveRuns', 'machineCpus']
  expect([...Object.keys(misspelt), ...Object.keys(wrongKind), ...without].sort()).toEqual(
    functions.sort(),
  )
})

describe('an unknown option is refused by', () => {
  test.each(Object.entries(misspelt))('%s', async (_, [run, wrong, right]) => {
    const error = await call(run).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(lab.InputError)
    const { message } = error as Error
    expect(message).toContain(`${wrong}: unknown key.`)
    expect(message).toMatch(new RegExp(`Did you mean ${right}\\?|Known: .*\\b${right}\\b`))
  })
})

describe('an argument of the wrong kind is named by', () => {
  test.each(Object.entries(wrongKind))('%s', async (_, [run, name]) => {
    const error = await call(run).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(lab.InputError)
    expect((error as Error).message).toMatch(new RegExp(`^${name}: `))
  })
})

test.each([
  ['signal', { signal: 1 }, 'signal: expected an AbortSignal'],
  ['onProgress', { onProgress: 1 }, 'onProgress: expected a function'],
  ['trackers', { trackers: 'off' }, 'trackers: expected a list'],
  ['timing', { timing: 'no' }, 'timing: expected true or false'],
  [
    'machine',
    { engine: 'virtual', machine: { sokets: 2 } },
    'machine.sokets: unknown key. Did you mean sockets?',
  ],
  ['all', null, 'options: expected an object'],
])('an option of the wrong kind is named: %s', async (_, options, message) => {
  await expect(lab.compare(scenario, options as never)).rejects.toThrow(message)
})

test.each([
  ['replay', (wrong: never) => lab.replay(wrong)],
  ['devices', (wrong: never) => lab.devices(wrong)],
  ['size', (wrong: never) => lab.size([{ trace: wrong }])],
  ['replayPlacements', (wrong: never) => lab.replayPlacements(wrong)],
])('%s wants what a reader gives', async (_, run) => {
  for (const wrong of [undefined, 'trace.txt', {}, Promise.resolve(trace)]) {
    await expect(call(() => run(wrong as never))).rejects.toThrow(
      /^trace: expected what readTrace\(\), parseTrace\(\) or openTrace\(\) gives, not/,
    )
  }
})
