/** The parts of the benchmark, in the order in which they run. */
import type { Part } from './part.js'
import { accuracySeries } from './parts/accuracy-series.js'
import { addonCost } from './parts/addon.js'
import { endToEnd } from './parts/end-to-end.js'
import { layouts } from './parts/layouts.js'
import { twoThreads } from './parts/two-threads.js'

export const parts: readonly Part[] = [twoThreads, endToEnd, addonCost, accuracySeries, layouts]
