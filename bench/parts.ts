/** The parts of the benchmark, in the order in which they run. */
import type { Part } from './part.js'
import { accuracySeries } from './parts/accuracy-series.js'
import { addonCost } from './parts/addon.js'
import { bootSwitch } from './parts/boot-switch.js'
import { causes } from './parts/causes.js'
import { endToEnd } from './parts/end-to-end.js'
import { layouts } from './parts/layouts.js'
import { publishedCurves } from './parts/published-curves.js'
import { realCode } from './parts/real-code.js'
import { stretch } from './parts/stretch.js'
import { traces } from './parts/traces.js'
import { twoThreads } from './parts/two-threads.js'
import { virtualAnnotation } from './parts/virtual-annotation.js'
import { virtualEndToEnd } from './parts/virtual-end-to-end.js'
import { virtualReality } from './parts/virtual-reality.js'
import { virtualReserve } from './parts/virtual-reserve.js'
import { virtualSpeed } from './parts/virtual-speed.js'

export const parts: readonly Part[] = [
  twoThreads,
  endToEnd,
  bootSwitch,
  addonCost,
  accuracySeries,
  layouts,
  causes,
  realCode,
  virtualReality,
  publishedCurves,
  virtualAnnotation,
  virtualEndToEnd,
  virtualSpeed,
  virtualReserve,
  stretch,
  traces,
]
