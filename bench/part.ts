/** What a part of the benchmark is: a question, its figures, and the goals they are held to. */
import type { KernelLibraries, Ratio } from 'swiotlb-lab'

/** `inside the noise`: what was measured does not decide it either way. */
export type Verdict = 'met' | 'not met' | 'inside the noise'

/** One attempt at a goal. */
export interface Try {
  readonly measured: Ratio
  /** The same code against itself; null where nothing was timed. */
  readonly noise: Ratio | null
  readonly verdict: Verdict
}

export interface Goal {
  readonly what: string
  /** In words, as `at least 1.30`. */
  readonly goal: string
  /** The best of the tries. */
  readonly best: Try
  readonly tries: readonly Try[]
  /** How figures of this goal are written. */
  readonly unit: 'ratio' | 'MiB'
}

export interface Context {
  /** Fewer and shorter rounds: to see that it works, not to measure. */
  readonly quick: boolean
  readonly signal: AbortSignal
  /** The kernel's own code; null where no kernel source was given. */
  readonly kernel: KernelLibraries | null
  /** Says what is being done, to whoever watches. */
  readonly progress: (doing: string) => void
}

export interface PartResult {
  /** For people. */
  readonly text: string
  readonly goals: readonly Goal[]
  /** Everything that was measured, for programs. */
  readonly data: unknown
}

export interface Part {
  readonly name: string
  /** What it finds out, in a few words. */
  readonly question: string
  /** It has nothing to say without the kernel's own code. */
  readonly needsKernel?: true
  readonly run: (context: Context) => Promise<PartResult>
}
