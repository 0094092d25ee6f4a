/** Which options the runs take, as checkOptions() looks at them. */
import { option, optionsOf, type Shape } from '../data/options.js'
import type { CheckOptions } from './check.js'
import type { CompareOptions, RunOptions } from './comparison.js'
import type { ReplayOptions } from './replay.js'
import type { SizeOptions } from './size.js'
import type { Progress, Tuning } from './variant.js'
import type { MachineOptions } from './virtual.js'

/** Of everything that takes a while. */
export const watched: Shape<{ signal?: AbortSignal; onProgress?: (progress: Progress) => void }> = {
  signal: option.signal,
  onProgress: option.callback,
}

/** checkTuning() looks at the values. */
const tuningShape: Shape<Tuning> = {
  batch: option.own,
  tolerance: option.own,
  stretch: option.own,
}

/** resolveTopology() looks at the values. */
export const machineShape: Shape<MachineOptions> = {
  sockets: option.own,
  coresPerSocket: option.own,
  coresPerComplex: option.own,
  threadsPerCore: option.own,
  warmSteps: option.own,
  costModel: option.own,
}

export const runShape: Shape<RunOptions> = {
  ...tuningShape,
  ...watched,
  engine: option.own,
  machine: optionsOf<MachineOptions>(machineShape).optional(),
  layout: option.own,
  timing: option.flag,
  course: option.flag,
  timeline: option.own,
}

export const compareShape: Shape<CompareOptions> = { ...runShape, trackers: option.list }

export const replayShape: Shape<ReplayOptions> = {
  ...tuningShape,
  ...watched,
  trackers: option.list,
  slots: option.own,
  areas: option.own,
  poolStart: option.own,
  course: option.flag,
  grow: option.flag,
  layout: option.own,
  sampleEvery: option.own,
  engine: option.own,
  machine: optionsOf<NonNullable<ReplayOptions['machine']>>({
    ...machineShape,
    cpus: option.own,
  }).optional(),
  pace: option.own,
  copy: option.flag,
  seed: option.own,
  timeline: option.own,
}

export const checkShape: Shape<CheckOptions> = {
  ...watched,
  seed: option.own,
  seeds: option.own,
  policy: option.own,
  wanted: option.own,
  beside: option.list,
  layout: option.own,
  tolerance: option.own,
}

export const sizeShape: Shape<SizeOptions> = {
  ...watched,
  onSoFar: option.callback,
  marginPercent: option.number,
  areas: option.list,
  cpus: option.own,
  enough: optionsOf<NonNullable<SizeOptions['enough']>>({
    slots: option.own,
    areas: option.own,
  }).optional(),
  kernel: option.own,
  orders: option.number,
  meetings: option.own,
  overlapUs: option.number,
  seed: option.own,
}
