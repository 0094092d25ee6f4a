/** Cost models: what each kind of access takes. Every figure with its unit and its source. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CostModel, checkCostModel } from '../data/cost-model.js'
import { didYouMean, InputError, parseJson } from '../data/errors.js'
import { inPackage } from '../data/package.js'
import type { NativeCosts } from '../native/plans/virtual.js'
import type { Topology } from '../results/virtual.js'

const MODELS = inPackage('costs')
const DEFAULT_MODEL = 'default'

/** What must be said wherever the model is used. */
export function modelWarnings({ name, contradictions }: CostModel): string[] {
  if (contradictions.length === 0) return []
  return [`the cost model ${name} contradicts itself: ${contradictions.join('; ')}`]
}

/** Names of the models that come with the package. */
export function costModels(): string[] {
  return readdirSync(MODELS)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort()
}

function parse(file: string, text: string): CostModel {
  const json = parseJson(file, text)
  try {
    return checkCostModel(json)
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${file}: ${error.message}`)
    throw error
  }
}

/**
 * A model of the package by name, a file by path, or the model itself, checked.
 *
 * @throws InputError when there is none, or a figure is missing, unsourced or out of its limits
 */
export function loadCostModel(wanted: string | CostModel = DEFAULT_MODEL): CostModel {
  if (typeof wanted !== 'string') return checkCostModel(wanted)
  const names = costModels()
  const file = names.includes(wanted) ? join(MODELS, `${wanted}.json`) : wanted
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new InputError(
      `costModel: "${wanted}" is no model (${names.join(', ')}) and no file (${reason}).` +
        didYouMean(wanted, names),
    )
  }
  return parse(wanted, text)
}

/**
 * What the engine is given.
 *
 * @throws InputError when the model lacks what the topology needs
 */
export function nativeCosts(
  { name, costs, pairs }: CostModel,
  { sockets, coresPerSocket, coresPerComplex }: Topology,
): NativeCosts {
  if (sockets > 1 && !costs.socket) {
    throw new InputError(
      `costs.socket: the cost model ${name} has none; ` +
        `expected what a line costs that comes from another socket, for ${sockets} sockets`,
    )
  }
  if (coresPerComplex < coresPerSocket && !costs.complex) {
    throw new InputError(
      `costs.complex: the cost model ${name} has none; expected what a line costs that comes from ` +
        `another core complex, for complexes of ${coresPerComplex} cores in sockets of ${coresPerSocket}`,
    )
  }
  const byIndex = (figures: CostModel['costs']['map']): [number, number] => [
    figures.runCounts.value,
    figures.bitmap.value,
  ]
  return {
    own: costs.own.value,
    walk: (costs.walk ?? costs.own).value,
    atomic: costs.atomic.value,
    shared: costs.shared.value,
    core: costs.core.value,
    // With one complex or one socket nothing comes from another.
    complex: costs.complex?.value ?? 0,
    socket: costs.socket?.value ?? 0,
    pairs: pairs?.value ?? true,
    hold: costs.hold.value,
    // As long as any move.
    follow: costs.follow?.value ?? 0,
    handover: costs.handover.value,
    clock: (costs.clock ?? costs.atomic).value,
    map: byIndex(costs.map),
    search: byIndex(costs.search),
    unmap: byIndex(costs.unmap),
    release: byIndex(costs.release),
    copy: costs.copy.map(({ bytes, value: time }) => ({ bytes, ns: time })),
    // A GB/s is a byte in a nanosecond.
    socketBytesPerNs: costs.socketBandwidth?.value ?? 0,
  }
}
