/** From a preset's name, a file's contents or an object to a checked scenario. */
import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { didYouMean, InputError, parseJson, toInputError, wholeNumber } from '../data/errors.js'
import { textArgument } from '../data/options.js'
import { countOf, formatBytes, SEGMENT_SLOTS, SLOT_BYTES, verbOf } from '../data/units.js'
import { isPreset, presets } from './presets.js'
import { type Scenario, type ScenarioInput, scenarioSchema } from './schema.js'

/** Slots and areas as the kernel rounds `swiotlb=slots,areas` (0 areas count as one). */
export function adjustSize(slots: number, areas: number): { slots: number; areas: number } {
  wholeNumber('slots', slots, 0, Number.MAX_SAFE_INTEGER)
  wholeNumber('areas', areas, 0, Number.MAX_SAFE_INTEGER)
  const powerOfTwo = (n: number): number => 2 ** Math.ceil(Math.log2(n))
  const wanted = powerOfTwo(Math.max(areas, 1))
  const segments = Math.ceil(slots / SEGMENT_SLOTS) * SEGMENT_SLOTS
  return { slots: powerOfTwo(Math.max(segments, wanted * SEGMENT_SLOTS)), areas: wanted }
}

/** That a number of areas is another than was asked for. */
export const roundedAreas = (what: string, asked: number, run: number): string =>
  `${what}: asked for ${asked}, run with ${run}: the kernel rounds areas up to a power of two`

/**
 * What the kernel's rounding makes of the pool that was asked for, a line for each number that is
 * another; none where both are as asked.
 *
 * @throws InputError as resolveScenario() does
 */
export function roundings(input: ScenarioInput): string[] {
  const { slots, areas } = parseScenario(input).pool
  const run = adjustSize(slots, areas)
  return [
    ...(run.areas === areas ? [] : [roundedAreas('pool.areas', areas, run.areas)]),
    ...(run.slots === slots
      ? []
      : [
          `pool.slots: asked for ${slots}, run with ${run.slots}: the kernel rounds slots up to a ` +
            `power of two, and to a segment of ${SEGMENT_SLOTS} for each area`,
        ]),
  ]
}

function parseScenario(input: ScenarioInput): Scenario {
  const checked = scenarioSchema.safeParse(input)
  if (!checked.success) throw toInputError(scenarioSchema, checked.error)
  return checked.data
}

/**
 * Checks a scenario and rounds its pool as the kernel does.
 *
 * @throws InputError that names each field that is wrong
 */
export function resolveScenario(input: ScenarioInput): Scenario {
  const scenario = parseScenario(input)
  if (scenario.pool.areas * SEGMENT_SLOTS > Math.max(scenario.pool.slots, SEGMENT_SLOTS)) {
    throw new InputError(
      `pool.areas: ${countOf(scenario.pool.areas, 'area')} ${verbOf(scenario.pool.areas, 'needs', 'need')} ${scenario.pool.areas * SEGMENT_SLOTS} slots, ` +
        `a segment of ${SEGMENT_SLOTS} each; the pool has ${scenario.pool.slots}`,
    )
  }
  const pool = { ...scenario.pool, ...adjustSize(scenario.pool.slots, scenario.pool.areas) }
  const advice = '; without copies (copy: false) it would need less'
  checkPoolMemory('pool.slots', pool.slots, scenario.copy, scenario.copy ? advice : '')
  return { ...scenario, pool }
}

/**
 * Whether one pool at a time can be had here: its book-keeping is 24 bytes a slot, and bounce memory
 * is there only when something is copied.
 *
 * @throws InputError that begins with the field's name
 */
export function checkPoolMemory(field: string, slots: number, copy: boolean, advice = ''): void {
  const needed = slots * (24 + (copy ? SLOT_BYTES : 0))
  const here = totalmem()
  if (needed <= here) return
  throw new InputError(
    `${field}: needs ${formatBytes(needed)} of memory, this machine has ${formatBytes(here)}${advice}`,
  )
}

/**
 * A preset by name, or a scenario file by path.
 *
 * @throws InputError when there is neither, or the file is not a scenario
 */
export function loadScenario(nameOrFile: string): ScenarioInput {
  textArgument('scenario', nameOrFile, 'the name of a preset or the path of a file')
  if (isPreset(nameOrFile)) return presets[nameOrFile]
  let text: string
  try {
    text = readFileSync(nameOrFile, 'utf8')
  } catch (error) {
    const names = Object.keys(presets)
    const reason = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new InputError(
      `"${nameOrFile}" is no preset (${names.join(', ')}) and no file (${reason}).` +
        didYouMean(nameOrFile, names),
    )
  }
  return parseJson(nameOrFile, text) as ScenarioInput
}
