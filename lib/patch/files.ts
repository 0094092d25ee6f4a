/** What a kernel gets beside the edits: the tracker's file as it is, and what joins it to the kernel. */
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { InputError, oneOf } from '../data/errors.js'
import { inPackage } from '../data/package.js'
import { trackers } from '../data/trackers.generated.js'

const DMA = 'kernel/dma'
/** Where the tracker lies in a patched tree. */
export const TRACKER_FILE = `${DMA}/swiotlb_tracker.h`

/** Why a tracker of the list does not go into a kernel. */
const NOT_THERE: readonly (readonly [name: RegExp, why: string])[] = [
  [/^boot-switch/, 'is what Linux 7.3 does by itself'],
  [/^switchable$/, 'walks all transient pools, and a kernel keeps no list of them'],
  [
    /^funnel$/,
    'makes a CPU wait for another outside of any lock, where an interrupt would wait for itself',
  ],
]

/** A file that a tree gets. */
export interface NewFile {
  /** Below the kernel's root. */
  readonly path: string
  readonly text: string
}

/** What a tracker is written in. */
export interface TrackerSource {
  /** As in the list, or the name of the file. */
  readonly name: string
  readonly path: string
  readonly text: string
  /** Files of the lab's that belong to it alone, and that it includes. */
  readonly parts: readonly NewFile[]
  /** Whether it asks how long a stretch is to be, and so does by the clock what it does seldom. */
  readonly stretches: boolean
}

/** What such a tracker says. */
const STRETCH = /\bstretch_ns\b/

/** Headers that a tracker file includes, which each build has in its own form. */
const SHARED: readonly string[] = ['trackers/tracker.h', 'swiotlb/types.h']

/** The trackers of the list that go into a kernel. */
export const kernelTrackers: readonly string[] = trackers
  .map(({ name }) => name as string)
  .filter((name) => !NOT_THERE.some(([names]) => names.test(name)))

/**
 * The files that a tracker of the list is made of besides its own: reserve_area.h is reserve's.
 *
 * @throws InputError for a file that needs another, which the tree would not have
 */
function partsOf(path: string, text: string, id: string | null): NewFile[] {
  const parts: NewFile[] = []
  for (const [i, line] of text.split('\n').entries()) {
    const name = /^\s*#\s*include\s+["<]([^">]+)[">]/.exec(line)?.[1]
    if (name === undefined || SHARED.includes(name)) continue
    if (id !== null && name.startsWith(`trackers/${id}_`)) {
      const text = readFileSync(inPackage(`native/${name}`), 'utf8')
      parts.push({ path: join(DMA, name), text })
      continue
    }
    throw new InputError(
      `--tracker: ${path}: line ${i + 1}: includes ${name}, which a kernel tree would not have; ` +
        `expected ${SHARED.join(' and ')} alone`,
    )
  }
  return parts
}

function readTracker(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new InputError(`--tracker: ${path} cannot be read (${code}); expected a tracker's file`)
  }
}

/**
 * @param tracker a name of the list, or the path of a file, as ./mine.h
 * @throws InputError for an unknown name, an unreadable file, and one that includes others
 */
export function trackerSource(tracker: string): TrackerSource {
  const isPath = tracker.includes('/') || tracker.endsWith('.h')
  const names = trackers.map(({ name }) => name)
  const name = isPath ? basename(tracker) : oneOf('--tracker', tracker, names)
  const why = NOT_THERE.find(([names]) => names.test(name))?.[1]
  if (why !== undefined && !isPath) {
    throw new InputError(`--tracker: ${name} ${why}; expected one of ${kernelTrackers.join(', ')}`)
  }
  const id = name.replaceAll('-', '_')
  const path = isPath ? tracker : inPackage(`native/trackers/${id}.h`)
  const text = readTracker(path)
  const parts = partsOf(path, text, isPath ? null : id)
  const stretches = [text, ...parts.map((part) => part.text)].some((one) => STRETCH.test(one))
  return { name, path, text, parts, stretches }
}

/** Nanoseconds of a stretch, where nobody asks for another. */
export function defaultStretch(): number {
  const text = readFileSync(inPackage('native/trackers/promise.h'), 'utf8')
  return Number(/^#define TRACKER_DEFAULT_STRETCH (\d+)$/m.exec(text)?.[1])
}

/** By where they lie in the package. */
const JOINTS: readonly (readonly [from: string, to: string])[] = [
  ['native/trackers/promise.h', 'trackers/promise.h'],
  ['native/trackers/defaults.h', 'trackers/defaults.h'],
  ['kernel-patch/glue/trackers/tracker.h', 'trackers/tracker.h'],
  ['native/swiotlb/area_sums.h', 'swiotlb/area_sums.h'],
  ['kernel-patch/glue/swiotlb/types.h', 'swiotlb/types.h'],
  ['kernel-patch/glue/swiotlb/instance.h', 'swiotlb/instance.h'],
]

/** Counts what is in use a second time, and is called by lines of instance.h. */
const TRUTH: (typeof JOINTS)[number] = ['kernel-patch/glue/swiotlb/truth.h', 'swiotlb/truth.h']
const TRUTH_LINES = /^.*\btruth(?:_\w+\(|\.h").*\n(?:(?<=#include.*\n)\n)?/gm

/** The paragraph of the glue, and the line, that are there for stretches alone. */
const STRETCH_PARAGRAPH = /^core_param\(swiotlb_stretch\b/m
const STRETCH_LINE = /^.*\.stretch_ns\b.*\n/gm

/** What a paragraph of the glue gives to those trackers alone that say it. */
const GIVEN = /^(?:#define|static inline u64) (instrument_\w+|ns_to_cycles)\(/gm

/** The glue without what this tracker has no use for. */
function needed(text: string, said: string): string {
  const stretches = STRETCH.test(said)
  const isNeeded = (paragraph: string): boolean => {
    if (STRETCH_PARAGRAPH.test(paragraph)) return stretches
    const given = [...paragraph.matchAll(GIVEN)]
    return given.length === 0 || given.some(([, word]) => said.includes(`${word}(`))
  }
  const kept = text.split('\n\n').filter(isNeeded).join('\n\n')
  return stretches ? kept : kept.replace(STRETCH_LINE, '')
}

/**
 * @param truth whether the kernel counts what is in use a second time, for a test of the tracker
 */
export function newFiles(tracker: TrackerSource, truth: boolean): NewFile[] {
  const said = [tracker, ...tracker.parts].map(({ text }) => text).join('\n')
  return [
    { path: TRACKER_FILE, text: tracker.text },
    ...tracker.parts,
    ...[...JOINTS, ...(truth ? [TRUTH] : [])].map(([from, to]) => {
      const text = needed(readFileSync(inPackage(from), 'utf8'), said)
      return { path: join(DMA, to), text: truth ? text : text.replace(TRUTH_LINES, '') }
    }),
  ]
}
