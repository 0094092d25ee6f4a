/** Trackers of the user's own, and what travels to and from the process that runs them. */
import type { CheckOptions, CheckResult, Finding, Races } from '../results/check.js'
import type {
  CompareOptions,
  Comparison,
  Row,
  RunOptions,
  RunResult,
} from '../results/comparison.js'
import type { ReplayOptions, ReplayResult } from '../results/replay.js'
import type { Progress, TrackerFileName } from '../results/variant.js'
import type { ScenarioInput } from '../scenario/schema.js'
import type { NumbersPlace, OperationsPlace, Trace } from '../trace/index.js'
import type { Covered } from './covered.js'
import type { Absent, SourceFile } from './sources.js'

/** What became of one tracker file. */
export interface TrackerFileReport extends Races {
  /** The file's name without its folders. */
  readonly tracker: TrackerFileName
  /** As the user named it. */
  readonly file: string
  /** Null where it did not compile. */
  readonly compiler: string | null
  /** Whether it has a row. */
  readonly compared: boolean
  /** What is wrong with it, a line each. */
  readonly faults: readonly string[]
  /** A schedule that breaks its promise, with its log; null where none was found. */
  readonly found: Finding | null
}

/** A row; one of a tracker file says which file. */
export interface TrackerFileRow extends Row {
  readonly file?: string | undefined
}

/** A comparison with the user's own trackers among the rows. */
export interface ComparisonWithFiles extends Comparison {
  readonly rows: readonly TrackerFileRow[]
  /** In the order in which the files were named. */
  readonly own: readonly TrackerFileReport[]
}

/** One scenario under a tracker file. */
export interface TrackerFileRun extends TrackerFileReport {
  /** Null where it could not be run. */
  readonly result: RunResult | null
}

/** A replayed trace with the user's own trackers among the rows. */
export interface ReplayResultWithFiles extends ReplayResult {
  /** In the order in which the files were named. */
  readonly own: readonly TrackerFileReport[]
}

/** What survives the way to another process. */
export type PlainOptions = Omit<RunOptions, 'signal' | 'onProgress' | 'timeline'>

export type PlainReplayOptions = Omit<
  ReplayOptions,
  'signal' | 'onProgress' | 'trackers' | 'timeline'
>

export interface BuiltTracker {
  readonly name: TrackerFileName
  /** The shared object. */
  readonly path: string
  /** The file, as the compiler was given it. */
  readonly source: string
  /** It, and what it includes that is not the lab's. */
  readonly files: readonly SourceFile[]
  /** Places of each block of its code in these files, as `0:12:3`, in the object's order. */
  readonly blocks: readonly (readonly string[])[]
  /** Functions in these files of which nothing was compiled; of one that is to be searched. */
  readonly absent: readonly Absent[]
}

/** A search of schedules on one tracker file. */
export interface TrackerFileCheck {
  /** The file's name without its folders. */
  readonly tracker: TrackerFileName
  /** As the user named it. */
  readonly file: string
  /** Null where it did not compile, or ended its process. */
  readonly compiler: string | null
  /** Why nothing was found out: it does not compile, crashes or hangs. */
  readonly fault: string | null
  /**
   * What the short serial runs showed that a comparison makes first, a line each; the search found
   * nothing then. Empty where no promise was searched for.
   */
  readonly broken: readonly string[]
  /** Null where there is a fault. */
  readonly result: CheckResult | null
}

/** A part of a search on a tracker file, by itself; joinFileSearches() makes the answer of all of them. */
export interface TrackerFilePart extends TrackerFileCheck {
  /** Null where there is a fault. */
  readonly covered: Covered | null
}

/** The search's answer, and what the short serial runs behind it showed. */
interface Searched {
  /** Each pair of raced places of the object, whatever their lines; without coverage. */
  readonly result: CheckResult
  readonly covered: Covered
  readonly broken: readonly string[]
}

/** One recorded schedule on a tracker file. */
export interface TrackerFileFinding extends Omit<TrackerFileCheck, 'result' | 'broken'> {
  readonly result: Finding | null
}

/** The phase of a search, as progress names it. */
export const SEARCHING = 'schedules'

/** What the other process is to do. */
export type Job =
  | {
      readonly kind: 'trial'
      readonly built: BuiltTracker
      readonly layout: CompareOptions['layout']
    }
  | {
      readonly kind: 'compare'
      readonly built: readonly BuiltTracker[]
      readonly input: ScenarioInput
      readonly options: PlainOptions & Pick<CompareOptions, 'trackers'>
    }
  | {
      readonly kind: 'replay'
      readonly built: readonly BuiltTracker[]
      /** A class would not survive the way: its operations and their times go beside it. */
      readonly trace: Omit<Trace, 'operations' | 'times'>
      readonly operations: OperationsPlace
      readonly times: NumbersPlace | undefined
      readonly options: PlainReplayOptions & Pick<ReplayOptions, 'trackers'>
    }
  | {
      readonly kind: 'check'
      readonly built: BuiltTracker
      readonly options: Omit<CheckOptions, 'signal' | 'onProgress'>
    }
  | {
      readonly kind: 'check-replay'
      readonly built: BuiltTracker
      /** What a finding's log holds, and the log's name. */
      readonly text: string
      readonly log: string
    }

/** What came of a tracker alone; no result where it cannot be loaded. */
export interface Loaded<T> {
  readonly compiler: string | null
  readonly refused: string | null
  readonly result: T | null
}

/** What each kind of job gives. */
export interface JobResults {
  readonly trial: TrialResult
  readonly compare: Comparison
  readonly replay: ReplayResult
  readonly check: Loaded<Searched>
  readonly 'check-replay': Loaded<Finding>
}

/** What short runs have shown of a tracker. */
export interface TrialResult extends Races {
  readonly compiler: string | null
  /** It may be compared, but breaks what it promises. */
  readonly broken: readonly string[]
  /** Why it must not be compared: it does not load, hangs, or damages what is not its own. */
  readonly refused: string | null
  readonly found: Finding | null
}

/** What comes back, one message after another; the last is `done` or `failed`. */
export type Message =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly result: JobResults[Job['kind']] }
  | { readonly kind: 'failed'; readonly input: boolean; readonly message: string }
