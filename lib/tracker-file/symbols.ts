/** Which symbols from outside its own file a tracker may use, and why not any other. */

export const CPU = 'all virtual CPUs run on one thread; use raw_smp_processor_id()'
export const THREAD =
  'all virtual CPUs run on one thread; use an array of NR_CPUS words, indexed by raw_smp_processor_id()'
export const CLOCK =
  'a schedule must come out the same twice, and has a clock of its own; use get_cycles()'
export const RANDOM =
  'a schedule must come out the same twice; keep the state of a generator in struct tracker_mem'
export const SYSTEM = 'the lab cannot see what it does; a tracker has kernel words only'
const LOCK =
  'the lab cannot see it wait; use spin_lock(), spin_trylock() and spin_unlock(), spin_lock_irqsave() ' +
  "behind the area's lock, and spin_lock_irq() outside of maps"
const READS =
  'no schedule could switch between the words that it reads and writes; go over them one by one, ' +
  'with READ_ONCE() and WRITE_ONCE()'
const HEAP =
  'the lab knows no memory but the structures of the tracker; keep words in struct tracker_mem, in ' +
  'an array of NR_CPUS if need be'

const MACHINE = 'asks the real machine'
const UNSEEN = "is not among a tracker's words"

interface Reason {
  readonly names: RegExp
  readonly what: string
  readonly why: string
}

const words = (list: string, what: string, why: string): Reason => ({
  names: new RegExp(`^(?:${list.replaceAll(' ', '|')})$`),
  what,
  why,
})

/** Of what is better known; what is not among them is refused as well. */
const reasons: readonly Reason[] = [
  words('sched_getcpu getcpu pthread_self thrd_current gettid getpid', MACHINE, CPU),
  words('pthread_[gs]etspecific tss_[gs]et __tls_get_addr', MACHINE, THREAD),
  words('clock_gettime gettimeofday time clock times ftime timespec_get', MACHINE, CLOCK),
  words('s?rand s?random rand_r random_r [delnmj]rand48', MACHINE, RANDOM),
  words('getrandom getentropy arc4random\\w*', MACHINE, RANDOM),
  words('pthread_\\w+ sem_\\w+ mtx_\\w+ cnd_\\w+', UNSEEN, LOCK),
  words('(?:__)?mem(?:cmp|r?chr|mem|ccpy|pcpy)\\w* rawmemchr bcmp bcopy bzero', UNSEEN, READS),
  words('(?:__)?(?:str|stp)\\w+ qsort\\w* bsearch swab', UNSEEN, READS),
  words('malloc calloc realloc\\w* free aligned_alloc posix_memalign mmap munmap', UNSEEN, HEAP),
]

/** What the lab's words are made of; see native/tracker-file/watch.h, native/rcu.h. */
const LAB =
  /^(?:watch_(?:load|store|access|spin_lock|spin_lock_irq|spin_trylock|spin_unlock|wait|cmpxchg|cpu|nr_cpus|cycles|counted_in|begin|enter(?:_area)?|sampling)|rcu_read_(?:un)?lock|pthread_spin_init)$/
/** The hooks, native/tracker-file/sanitizer_hooks.h; of pieces of memory see watchMemory(). */
const HOOKS = /^(?:__tsan_\w+|__sanitizer_cov_trace_pc|memcpy|memmove|memset)$/
/** What compilers call for arithmetic, for the stack's guard, and for an atomic of the lab's words. */
const COMPILER = new RegExp(
  [
    '^__(?:popcount|parity|clz|ctz|ffs|bswap|clrsb)[sdt]i2$',
    '^__(?:u?div|u?mod|u?divmod|mul|neg|ash[lr]|lshr|u?cmp)[sdt]i[234]$',
    '^__(?:float|floatun|fix|fixuns|extend|trunc)[sdthx][if][sdthx][if]2?$',
    '^__stack_chk_(?:fail|guard)$',
    '^__aarch64_(?:cas|swp|ldadd|ldclr|ldeor|ldset)\\d+_(?:relax|acq|rel|acq_rel|sync)$',
  ].join('|'),
)
/** Of the C library: they touch no memory, or do not return. */
const LIBRARY = /^(?:l?labs|abs|ffsl?l?|abort|_?exit|_Exit|__assert_fail)$/

const allowed: readonly RegExp[] = [LAB, HOOKS, COMPILER, LIBRARY]

/** @returns why a tracker may not use what no file of it defines, without its name */
export function objectionTo(name: string): string | undefined {
  if (allowed.some((names) => names.test(name))) return undefined
  const known = reasons.find(({ names }) => names.test(name))
  return `${known?.what ?? UNSEEN}: ${known?.why ?? SYSTEM}`
}
