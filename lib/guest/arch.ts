/** The processors that a guest may have: how its kernel is built, and what it runs in. */

/** By the names that users type. */
export const archNames = ['x86-64', 'arm64'] as const
export type Arch = (typeof archNames)[number]

/** What differs between them. */
interface Facts {
  /** As Node calls it. */
  readonly node: NodeJS.Architecture
  /** As the kernel's make calls it. */
  readonly make: string
  /** In front of the names of its compiler's programs, on a machine of another kind. */
  readonly prefix: string
  /** Debian's packages of that compiler. */
  readonly crossPackages: string
  /** What make makes, and where: as linked where the emulator boots that, since packing takes as long again. */
  readonly image: string
  readonly imagePath: string
  readonly emulator: string
  readonly emulatorPackages: string
  /** The emulated machine, where its emulator has no usual one. */
  readonly machine: readonly string[]
  readonly console: string
  /** Of the kernel's configuration. */
  readonly options: readonly string[]
}

const FACTS: Readonly<Record<Arch, Facts>> = {
  'x86-64': {
    node: 'x64',
    make: 'x86',
    prefix: 'x86_64-linux-gnu-',
    crossPackages: 'gcc-x86-64-linux-gnu libc6-dev-amd64-cross',
    image: 'vmlinux',
    imagePath: 'vmlinux',
    emulator: 'qemu-system-x86_64',
    emulatorPackages: 'qemu-system-x86 seabios',
    machine: [],
    console: 'ttyS0',
    options: [
      'HYPERVISOR_GUEST=y',
      'PARAVIRT=y',
      // As the kernels of clouds have them.
      'KVM_GUEST=y',
      'PVH=y',
      'IOMMU_SUPPORT=y',
      'INTEL_IOMMU=y',
      'X86_LOCAL_APIC=y',
      'X86_IO_APIC=y',
      'X86_MEM_ENCRYPT=n',
      'ACPI=y',
      'SERIAL_8250=y',
      'SERIAL_8250_CONSOLE=y',
      'UNWINDER_FRAME_POINTER=y',
    ],
  },
  arm64: {
    node: 'arm64',
    make: 'arm64',
    prefix: 'aarch64-linux-gnu-',
    crossPackages: 'gcc-aarch64-linux-gnu libc6-dev-arm64-cross',
    image: 'Image',
    imagePath: 'arch/arm64/boot/Image',
    emulator: 'qemu-system-aarch64',
    emulatorPackages: 'qemu-system-arm',
    machine: ['-machine', 'virt'],
    console: 'ttyAMA0',
    options: [
      // As the kernels of distributions have them: one instruction where an older processor has a loop.
      'ARM64_USE_LSE_ATOMICS=y',
      'PCI_HOST_GENERIC=y',
      'SERIAL_AMBA_PL011=y',
      'SERIAL_AMBA_PL011_CONSOLE=y',
    ],
  },
}

export const archFacts = (arch: Arch): Facts => FACTS[arch]

/** In front of the names of the compiler's programs; nothing where this machine is of the kind. */
export const prefixOf = (arch: Arch): string =>
  FACTS[arch].node === process.arch ? '' : FACTS[arch].prefix
