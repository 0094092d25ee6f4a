/** Files of this package that one can try things with. */
import { inPackage } from '../../data/package.js'
import { shortest } from './next-step.js'

/** A trace that a real kernel recorded, as one would type it from here. */
export const shippedTrace = (): string => shortest(inPackage('captures/c-mixed-4cpu/trace.txt.gz'))
