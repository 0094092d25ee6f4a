/** Files of this package that one can try things with. */
import { fileURLToPath } from 'node:url'
import { shortest } from './next-step.js'

/** A trace that a real kernel recorded, as one would type it from here. */
export const shippedTrace = (): string =>
  // Beside lib/ and dist/ alike.
  shortest(fileURLToPath(new URL('../../../captures/c-mixed-4cpu/trace.txt.gz', import.meta.url)))
