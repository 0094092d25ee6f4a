/** The machines that a guest runs in: what the emulator is called with, and what the guest is told. */

/** The bounce pool, by the boot parameter. */
export interface Pool {
  /** Slots and areas. */
  readonly slots: number
  readonly areas: number
}

/** What the emulated machine has, and does. */
export interface Machine extends Pool {
  readonly cpus: number
  /** Processes that read the disk, for so many seconds of the guest's clock. */
  readonly readers: number
  readonly seconds: number
  /** KiB of the largest read. */
  readonly kib: number
}

export interface Ordered {
  /** Of the emulator: the processor, and devices. */
  readonly runs: readonly string[]
  /** Words of the kernel's command line. */
  readonly orders: readonly string[]
}

const poolOrder = ({ slots, areas }: Pool): string => `swiotlb=${slots},${areas},force`

/** MiB of the disk that are read; behind them is room for a trace as large. */
export const READ_MIB = 1024

/** A disk without a file, or one whose file is given out. */
const disk = (file: string | undefined): string =>
  file === undefined
    ? `driver=null-co,node-name=disk,size=${READ_MIB * 2 ** 20},read-zeroes=off`
    : `driver=file,node-name=disk,filename=${file.replaceAll(',', ',,')}`

/**
 * Many processes read a disk. Emulated throughout: with one host thread for each CPU it is concurrent,
 * and orders memory as the host does; its times mean nothing.
 *
 * @param file of the disk, behind whose first part the guest writes its trace then
 */
export function loaded(machine: Machine, file?: string): Ordered {
  const { cpus, readers, seconds, kib } = machine
  return {
    runs: [
      ...['-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', `${cpus}`],
      ...['-blockdev', disk(file)],
      ...['-device', `nvme,drive=disk,serial=lab,max_ioqpairs=${cpus}`],
    ],
    orders: [
      poolOrder(machine),
      // The clock of an emulated machine may run ahead by minutes where its host is busy.
      'rcupdate.rcu_cpu_stall_suppress=1',
      // The emulator has one such counter for all CPUs. By the watch that a slow timer keeps on it, a busy
      // host's kernel would give it up in the midst of a run, and time each CPU's events by a clock of its own.
      'tsc=reliable',
      `lab.readers=${readers} lab.seconds=${seconds} lab.kib=${kib}`,
      ...(file === undefined ? [] : [`lab.capture=${READ_MIB}`]),
    ],
  }
}

/** The device that the kernel's benchmark is bound to. */
const BENCHMARK_DEVICE = ['-device', 'pci-testdev']

/**
 * The kernel's benchmark on one CPU whose clock counts instructions, a nanosecond for each. Nothing that
 * differs from boot to boot goes in: neither the time of day nor a random number.
 *
 * @param milliseconds of that clock
 * @param stretch nanoseconds of that clock, for a tracker that has stretches of time
 */
export const counting = (pool: Pool, milliseconds: number, stretch?: number): Ordered => ({
  runs: [
    ...['-accel', 'tcg,thread=single', '-cpu', 'max', '-smp', '1'],
    ...['-icount', 'shift=0,sleep=off', '-rtc', 'base=2020-01-01,clock=vm', '-seed', '1'],
    ...BENCHMARK_DEVICE,
  ],
  orders: [
    poolOrder(pool),
    ...(stretch === undefined ? [] : [`swiotlb_stretch=${stretch}`]),
    `lab.benchmark=${milliseconds} lab.threads=1`,
  ],
})

/**
 * The kernel's benchmark at the machine's own speed, by its virtualization.
 *
 * @param threads it runs with one thread, and so on up to so many, each on a CPU of its own
 */
export const timing = (pool: Pool, milliseconds: number, threads: number): Ordered => ({
  runs: ['-accel', 'kvm', '-cpu', 'host', '-smp', `${threads}`, ...BENCHMARK_DEVICE],
  orders: [poolOrder(pool), `lab.benchmark=${milliseconds} lab.threads=${threads}`],
})
