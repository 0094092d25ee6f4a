/** What a part of the benchmark is: a question, and its figures. */
import type { KernelLibraries } from 'swiotlb-lab'
import type { Figure } from './figure.js'

export interface Context {
  /** Fewer and shorter rounds: to see that it works, not to measure. */
  readonly quick: boolean
  /** Of every measurement: never fewer because one was good, never more because one was bad. */
  readonly tries: number
  readonly signal: AbortSignal
  /** The kernel's own code; null where no kernel source was given. */
  readonly kernel: KernelLibraries | null
  /** Says what is being done, to whoever watches. */
  readonly progress: (doing: string) => void
}

export interface PartResult {
  /** For people. */
  readonly text: string
  readonly figures: readonly Figure[]
  /** Everything that was measured, for programs. */
  readonly data: unknown
}

export interface Part {
  readonly name: string
  /** What it finds out, in a few words. */
  readonly question: string
  /** It has nothing to say without the kernel's own code. */
  readonly needsKernel?: true
  /** About how long it takes, seconds: to say so before it begins. */
  readonly seconds: (context: Pick<Context, 'quick' | 'tries'>) => number
  readonly run: (context: Context) => Promise<PartResult>
}
