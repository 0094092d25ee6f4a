/** What the model of `epochs` is searched for: epochs.pml says what each name is. */

export const model = 'epochs.pml'

/** What must hold, with nothing left out. */
export const configurations = [
  ['the mark', ''],
  ['the floor', 'CERTAIN'],
  ['the mark, a reset', 'RESET LATEST=1'],
  ['the floor, a reset', 'CERTAIN RESET LATEST=1'],
  ['the mark, clocks that are apart', 'SKEW=1 LATEST=1 WALKS=1'],
  ['the floor, clocks that are apart', 'CERTAIN SKEW=1 LATEST=1 WALKS=1'],
  ['the mark, in several windows', 'BUCKETS=1 WALKS=1'],
  ['the floor, in several windows', 'CERTAIN BUCKETS=1 WALKS=1'],
  ['the mark, longer buckets', 'SHIFT=1 LATEST=3 WALKS=1'],
  ['the floor, longer buckets', 'CERTAIN SHIFT=1 LATEST=3 WALKS=1'],
  ['the mark, larger areas', 'SLOTS=2 WALKS=1'],
  ['the floor, larger areas', 'CERTAIN SLOTS=2 WALKS=1'],
  ['the mark, three areas', 'AREAS=3 OPERATIONS=1 WALKS=1 LATEST=1'],
  ['the mark, one area, any number of operations', 'AREAS=1 OPERATIONS=0 WALKS=0 LATEST=3'],
]

/** What each guard is there for: without it this breaks. */
const UNDER = /assertion violated .*due<=told/
const CERTAIN = /assertion violated .*told<=peak/
const READ = /assertion violated .*seen<=told/
const DEEPER = 'OPERATIONS=3'
export const guards = [
  ['BEGINS_EMPTY', DEEPER, UNDER, 'a stretch begins with nothing'],
  ['BEGINS_STALE', DEEPER, UNDER, 'a stretch begins with what was in use before'],
  ['EARLY_CLOCK', 'WALKS=1', UNDER, "the clock is read before the area's lock is taken"],
  ['NO_PRESENT', DEEPER, UNDER, 'a walk leaves the present stretch out'],
  ['NO_SKEW', `${DEEPER} SKEW=1`, UNDER, 'clocks are taken to be alike'],
  ['UNTIL_NOW', DEEPER, UNDER, 'the moment of the walk is taken for added up'],
  ['KEEPS_LESS', DEEPER, UNDER, 'a log forgets what the next window asks for'],
  ['NO_LATE_BUCKET', DEEPER, UNDER, 'a stretch counts to the beginning of its last bucket'],
  ['THINS_TO_LAST', DEEPER, UNDER, 'of two stretches that become one the last is kept'],
  ['GROUPS_TO_LAST', DEEPER, UNDER, 'of stretches that count as one the last is taken'],
  ['RESETS_EMPTY', 'RESET LATEST=1', UNDER, 'a reset begins with nothing'],
  ['SWAPPED', 'CERTAIN LATEST=3 WALKS=1', CERTAIN, 'the least counts for longer, as the most does'],
  [
    'UNFINISHED_LEAST',
    'CERTAIN SKEW=1 LATEST=1 WALKS=1',
    CERTAIN,
    'a moment that is not over counts as certain',
  ],
  ['USED_FIRST', DEEPER, READ, 'who reads used first may find it above the mark; none is promised'],
]
