// Generated from native/trackers/list.h by `npm run generate`.

/** The trackers compiled into the addon, in its order. */
export const trackers = [
  {
    name: 'off',
    promise: 'none',
    description: 'nothing per map; used is the unlocked sum of the areas',
  },
  {
    name: 'global-atomic',
    promise: 'exact',
    description: 'Linux 6.12: one counter, and a compare-exchange mark, on every map',
  },
  {
    name: 'global-racy',
    promise: 'never over',
    description: 'one counter; the mark is loaded, compared and stored, so a record can be lost',
  },
  {
    name: 'per-area',
    promise: 'never under',
    description: 'a mark per area under its lock; the report is their sum',
  },
  {
    name: 'sampled',
    promise: 'none',
    description: 'nothing per map; a sampler sums the areas every period',
  },
  {
    name: 'switchable',
    promise: 'exact',
    description: 'global-atomic behind a run-time switch; exact since it was turned on',
  },
  {
    name: 'batched',
    promise: 'bounded',
    description: 'changes are folded into a global count in batches; off by less than a batch per area',
  },
  {
    name: 'reserve',
    promise: 'never under',
    description: 'areas reserve slots ahead; never under, over by at most the tolerance, nothing global per map',
  },
] as const

export type TrackerName = (typeof trackers)[number]['name']
