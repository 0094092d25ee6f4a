/** What the random operations look like: one profile per kind of device or corner of the search. */
import type { Random } from '../data/random.js'
import { SLOT_BYTES } from '../data/units.js'
import type { PoolHeader } from '../trace/index.js'

/** Slots of one segment, which is the longest free run. */
export const SEGMENT_SLOTS = 128
/** Slots of the least pool that every kernel since 6.0 makes, but for a restricted one. */
export const LEAST_SLOTS = 512
const SEGMENT_BYTES = SEGMENT_SLOTS * SLOT_BYTES

/** A request without its CPU: an address, bytes, and the three masks; `bm` 0 for no boundary. */
interface Draw {
  readonly orig: bigint
  readonly size: number
  readonly am: number
  readonly mam: number
  readonly bm: bigint
}

export interface Profile {
  readonly name: string
  /** a pool that suits the profile */
  pool(random: Random): PoolHeader
  /** one map request */
  draw(random: Random): Draw
  cpu(random: Random, nareas: number): number
  /** whether all kernels since 6.0 do the same with its requests, in a pool that each can make */
  readonly common?: boolean
  /** slots that are kept in flight, as a share of the pool; above 1 the pool is too small */
  readonly load: readonly [low: number, high: number]
}

const PAGE = 4096n
const NVME_MASK = 0xfff

/** Original addresses: anywhere below 16 TiB, 0 now and then. */
function anyOrig(random: Random): bigint {
  return random.chance(0.01) ? 0n : random.bigint(random.pick([24, 32, 36, 44]))
}

/** An address without a mask; what else is drawn comes after it. */
const anywhere = (random: Random): Omit<Draw, 'size'> => ({
  orig: anyOrig(random),
  am: 0,
  mam: 0,
  bm: 0n,
})

/** An address with bit 11 set: the upper slot of its page. */
function upperHalf(address: bigint): bigint {
  return address | 0x800n
}

/** Small sizes often, the longest ones sometimes. */
function anySize(random: Random): number {
  const limit = random.pick([512, 2048, 8192, 8192, 65536, SEGMENT_BYTES])
  return random.between(1, limit)
}

function anyCpu(random: Random, nareas: number): number {
  return random.below(random.chance(0.1) ? 4 * nareas + 3 : nareas)
}

function shape(random: Random, maxAreas: number, start: bigint): PoolHeader {
  const nareas = 2 ** random.below(Math.log2(maxAreas) + 1)
  const segments = 2 ** random.below(nareas > 16 ? 2 : 4)
  return { nslabs: nareas * segments * 128, nareas, start }
}

function pageAligned(random: Random): bigint {
  return random.bigint(random.pick([31, 33, 40, 45])) & -PAGE
}

/** Page aligned and nothing more. */
function barelyAligned(random: Random): bigint {
  return pageAligned(random) | PAGE
}

function anyPool(random: Random): PoolHeader {
  return shape(random, 64, pageAligned(random))
}

const plain: Profile = {
  name: 'plain',
  pool: anyPool,
  draw: (random) => ({ ...anywhere(random), size: anySize(random) }),
  cpu: anyCpu,
  load: [0.1, 0.9],
}

const nvme: Profile = {
  ...plain,
  name: 'nvme',
  draw(random) {
    const size = random.pick([512, 2048, 4096, 8192, 16384, 65536, 131072, 258048])
    const orig = anyOrig(random) & ~0x1ffn
    return {
      orig: orig !== 0n && random.chance(0.6) ? upperHalf(orig) : orig,
      size: random.chance(0.3) ? random.between(1, size) : size,
      am: 0,
      mam: NVME_MASK,
      bm: 0n,
    }
  },
  load: [0.1, 1],
}

const network: Profile = {
  ...plain,
  name: 'network',
  draw: (random) => ({
    ...anywhere(random),
    size: random.between(64, 2048),
    mam: random.pick([0, 0x7ff]),
  }),
  load: [0.3, 1],
}

const iommuGranules: Profile = {
  ...plain,
  name: 'iommu-granules',
  draw: (random) => ({
    ...anywhere(random),
    size: random.chance(0.7) ? random.between(1, 65536) : random.between(1, 200_000),
    am: random.pick([0xfff, 0xffff, 0x3fff]),
    mam: random.pick([0, 0x7ff, 0xfff, 0x1fff, 0x3fff, 0xffff]),
  }),
}

const nearlyFull: Profile = {
  ...plain,
  name: 'nearly-full',
  pool: (random) => shape(random, 8, pageAligned(random)),
  draw: (random) => ({
    ...anywhere(random),
    size: anySize(random),
    am: random.pick([0, 0, 0, 0xfff]),
    mam: random.pick([0, 0, 0x7ff, 0xfff]),
  }),
  load: [0.85, 1.3],
}

const EDGES = [
  1, 2, 2047, 2048, 2049, 4095, 4096, 4097, 6143, 6144, 6145, 131071, 131072, 131073, 258048,
  260096, 260097, 262143, 262144, 262145, 264192, 2097152,
] as const

const edgeSizes: Profile = {
  ...plain,
  name: 'edge-sizes',
  draw(random) {
    const mam = random.pick([0, 0, 0x7ff, 0xfff, 0x1fff])
    const orig = anyOrig(random)
    const toTheEnd = SEGMENT_BYTES - Number(orig & BigInt(mam) & 0x7ffn) + random.between(-1, 1)
    return {
      orig,
      size: random.chance(0.1) ? toTheEnd : random.pick(EDGES),
      am: random.pick([0, 0, 0x1ff, 0x7ff, 0xfff]),
      mam,
      bm: 0n,
    }
  },
  load: [0.1, 1],
}

const busyCpu: Profile = {
  ...plain,
  name: 'busy-cpu',
  pool: (random) => ({ ...shape(random, 16, pageAligned(random)), nslabs: 8192, nareas: 16 }),
  draw: (random) => ({ ...nvme.draw(random), mam: random.pick([0, NVME_MASK]) }),
  cpu: (random, nareas) => (random.chance(0.95) ? 6 : anyCpu(random, nareas)),
  load: [0.3, 1],
}

/** A pool across a 4 GiB border, so that the widest boundary matters too. */
function acrossBoundary(random: Random): PoolHeader {
  const pool = shape(random, 16, 0n)
  const border = BigInt(random.between(1, 64)) << 32n
  const slotsBefore = random.below(pool.nslabs + 1)
  return { ...pool, start: (border - BigInt(slotsBefore * SLOT_BYTES)) & -PAGE }
}

const boundary: Profile = {
  ...plain,
  name: 'boundary',
  pool: acrossBoundary,
  draw: (random) => ({
    orig: anyOrig(random),
    size: anySize(random),
    // Masks wider than the boundary too: they do not see the whole address then.
    am: random.pick([0, 0, 0, 0xfff, 0xffff]),
    mam: random.pick([0, 0, 0xfff, 0xffff]),
    bm: random.pick([
      0x7ffn,
      0xfffn,
      0xffffn,
      0x3_ffffn,
      0xf_ffffn,
      0xffff_ffffn,
      0xff_ffff_ffffn,
      0xffff_ffff_ffff_ffffn,
    ]),
  }),
  load: [0.1, 1],
}

const oddStart: Profile = {
  ...iommuGranules,
  name: 'odd-start',
  pool: (random) => shape(random, 64, barelyAligned(random)),
  draw: (random) => ({
    orig: upperHalf(anyOrig(random)),
    size: random.between(1, 32768),
    am: random.pick([0, 0, 0xfff, 0x1fff, 0xffff]),
    mam: random.pick([0xfff, 0x1fff, 0x3fff, 0xffff, 0xff00]),
    bm: 0n,
  }),
}

const origZero: Profile = {
  ...iommuGranules,
  name: 'orig-zero',
  draw: (random) => ({
    ...oddStart.draw(random),
    orig: random.chance(0.6) ? 0n : anyOrig(random),
  }),
}

/** What every kernel since 6.0 places alike: less than a page, no masks, and so no padding. */
const small: Profile = {
  ...plain,
  name: 'small',
  common: true,
  draw: (random) => ({ ...anywhere(random), size: random.between(1, 4095) }),
  load: [0.3, 1.1],
}

const unmixed: readonly Profile[] = [
  plain,
  nvme,
  network,
  iommuGranules,
  nearlyFull,
  edgeSizes,
  busyCpu,
  boundary,
  oddStart,
  origZero,
]

const mixed: Profile = {
  ...plain,
  name: 'mixed',
  draw: (random) => random.pick(unmixed).draw(random),
  load: [0.2, 1.2],
}

export const PROFILES: readonly Profile[] = [...unmixed, mixed, small]
