import type { ExitCode } from './io.js'

/** Where a command leaves its answer; 0 when it leaves none. */
export type Finish = (code: ExitCode) => void
