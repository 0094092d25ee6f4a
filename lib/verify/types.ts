/** What a comparison with a kernel's source is asked for, and what it gives. */
import type { Layout, Progress } from '../results/variant.js'
import type { WholeTrace } from '../trace/index.js'
import type { VariantName } from './variants.js'

export interface VerifyOptions {
  /** A kernel tree, a tar of one, or a folder with Debian's linux-source-*.tar.xz. */
  readonly kernelSource: string
  /** Of each variant, over all profiles. Each log goes on until its last mapping is unmapped. */
  readonly operations?: number | undefined
  readonly seed?: number | undefined
  /** All by default. A variant that is named and that the tree does not have is an error. */
  readonly variants?: readonly string[] | undefined
  readonly profiles?: readonly string[] | undefined
  /** This log instead of generated ones. */
  readonly log?: WholeTrace | undefined
  /** The port's; placements do not depend on it. */
  readonly layout?: Partial<Layout> | undefined
  /** Time to shrink a log that differs, ms. */
  readonly shrinkMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called after each log with what there is so far; the shortest log is looked for behind the last. */
  readonly onSoFar?: ((result: VerifyResult) => void) | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/** One difference, with the log that shows it. */
export interface Difference {
  readonly variant: VariantName
  readonly profile: string
  /** Of the generated log; null for one that was given. */
  readonly seed: number | null
  /** Place in that log, from 0. */
  readonly operation: number
  readonly field: string
  /** What each side says of the field. */
  readonly port: string
  readonly kernel: string
  /** Names of the tree's other rules that it can come from; none where they do not explain it. */
  readonly rules: readonly string[]
  /** Whether the kernel was ended by the clock, which takes some seconds each time. */
  readonly hung: boolean
  /** Whether it was there again when the log was run a second time; null where it was not. */
  readonly again: boolean | null
  /**
   * The shortest log that was found to differ; of one that was ended by the clock the log up to there.
   * Null where none was looked for or found.
   */
  readonly shrunk: {
    readonly operations: number
    /** False when the time was over before every single operation had been tried. */
    readonly minimal: boolean
    /** The operation after which the two differ, as a line of the log, and what each says. */
    readonly line: string
    readonly field: string
    readonly port: string
    readonly kernel: string
    /** The operation log. */
    readonly log: string
  } | null
}

/** One variant of the port on one profile of operations. */
export interface VerifyRow {
  readonly variant: VariantName
  readonly profile: string
  /** Compared and found alike, in all logs. */
  readonly operations: number
  /** Logs that were compared, each with a pool of its own. */
  readonly logs: number
  /** Those of them that differ. Behind one that nothing explains there are no more. */
  readonly differing: number
  /** All rules that the differences can come from. */
  readonly rules: readonly string[]
  /** The first that nothing explains, else the first. */
  readonly difference: Difference | null
}

/** The port beside a kernel's own allocator, a row for each variant and profile. */
export interface VerifyResult {
  readonly kernel: {
    readonly source: string
    readonly version: string | null
    /** Rules of the port that this tree has otherwise. */
    readonly otherRules: readonly { readonly name: string; readonly words: string }[]
  }
  readonly compiler: string
  readonly layout: Layout
  readonly seed: number
  readonly rows: readonly VerifyRow[]
  /** Variants that this tree does not have, and why. */
  readonly skipped: readonly { readonly variant: VariantName; readonly reason: string }[]
  /** Variants that could not be built, in the compiler's words; some could. */
  readonly notBuilt: readonly { readonly variant: VariantName; readonly reason: string }[]
  readonly operations: number
  readonly differences: number
  /** Those of them that the tree's other rules do not explain. */
  readonly unexplained: number
  readonly seconds: number
  /** What there is so far: how many logs there are, and were not come to. Absent of a whole result. */
  readonly missing?: { readonly logs: number; readonly of: number } | undefined
}
