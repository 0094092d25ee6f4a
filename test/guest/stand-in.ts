// Stand-ins for what `patch`, `boot` and `instructions` need of a machine: a kernel that has no more in it
// than the places that are edited, and programs for make, the compiler and the emulator.

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { prefixOf } from '../../lib/guest/arch.js'

const HEADER = `struct io_tlb_mem {
	atomic_long_t total_used;
	atomic_long_t used_hiwater;
};
`

const counting = (names: readonly string[]): string =>
  names.map((name) => `static void ${name}(void)\n{\n}\n`).join('')

const SOURCE = `#include <trace/events/swiotlb.h>
struct io_tlb_area {
	unsigned long used;
	unsigned int index;
	spinlock_t lock;
};
static void add_mem_pool(void)
{
}
#ifdef CONFIG_DEBUG_FS
${counting(['inc_used_and_hiwater', 'dec_used'])}#else
${counting(['inc_used_and_hiwater', 'dec_used'])}#endif
static int swiotlb_search_pool_area(void)
{
	unsigned long flags;
	area->used += nslots;
	inc_used_and_hiwater(mem, nslots);
}
static void swiotlb_release_slots(void)
{
	unsigned long flags;
	area->used -= nslots;
	dec_used(mem, nslots);
}
static void rest(void)
{
	dec_used(mem, pool->nslabs);
	pool = swiotlb_alloc_pool(dev, nslabs, nslabs, 1, 0);
	if (!pool)
		return -1;
	pool->transient = true;
	return atomic_long_read(&mem->total_used);
	atomic_long_set(&mem->total_used, 0);
	atomic_long_set(&mem->used_hiwater, 0);
	return atomic_long_read(&mem->used_hiwater);
	atomic_long_set(&mem->used_hiwater, val);
	debugfs_create_ulong("io_tlb_nslabs", 0);
}
`

function written(tree: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    writeFileSync(join(tree, path), text)
  }
  return tree
}

/** The places of a kernel of before there were pools, as Linux 6.1 has them. */
const ONE_POOL = {
  header: `struct io_tlb_mem {
	struct io_tlb_area *areas;
	struct io_tlb_slot *slots;
};
`,
  source: `#include <trace/events/swiotlb.h>
struct io_tlb_area {
	unsigned long used;
	unsigned int index;
	spinlock_t lock;
};
static void swiotlb_init_io_tlb_mem(struct io_tlb_mem *mem)
{
	for (i = 0; i < mem->nslabs; i++) {
	}
}
static int swiotlb_do_find_slots(struct device *dev)
{
	unsigned long flags;
	area->used += nslots;
	spin_unlock_irqrestore(&area->lock, flags);
	return slot_index;
}
static unsigned long mem_used(struct io_tlb_mem *mem)
{
	return used;
}
static void swiotlb_release_slots(struct device *dev)
{
	unsigned long flags;
	area->used -= nslots;
	spin_unlock_irqrestore(&area->lock, flags);
}
static void files(void)
{
	debugfs_create_ulong("io_tlb_nslabs", 0);
}
`,
}

/** Only the two files that are edited. */
export function standInOnePool(tree: string, change: (source: string) => string): string {
  const files = {
    'include/linux/swiotlb.h': ONE_POOL.header,
    'kernel/dma/swiotlb.c': change(ONE_POOL.source),
  }
  return written(tree, files)
}

const BENCHMARK = `	map_delta = div64_ul(map_delta, 100);
	unmap_delta = div64_ul(unmap_delta, 100);
`

/** A whole tree, which nothing but the stand-in for make builds. */
export function standInKernel(tree: string): string {
  const files = {
    'include/linux/swiotlb.h': HEADER,
    'kernel/dma/swiotlb.c': SOURCE,
    'kernel/dma/map_benchmark.c': BENCHMARK,
    Makefile: '',
    Kconfig: '',
  }
  written(tree, files)
  for (const path of ['scripts/kconfig', 'init', 'drivers/nvme']) {
    mkdirSync(join(tree, path), { recursive: true })
  }
  return tree
}

/** What a stand-in for make is called with: the folder in $out, and what it is to configure in $config. */
export const MAKE_WORDS = `
for word; do
	case $word in
	O=*) out=\${word#O=} ;;
	KCONFIG_ALLCONFIG=*) config=\${word#*=} ;;
	esac
done`

/** Takes what it is to configure, and fails where the tracker says FAULT. */
const MAKE = `${MAKE_WORDS}
if [ -n "\${config:-}" ]; then
	while read -r line; do echo "$line"; done <"$config" >"$out/.config"
	exit
fi
while read -r line; do
	case $line in
	*FAULT*)
		echo "../linux/kernel/dma/swiotlb_tracker.h:3:1: error: unknown word" >&2
		exit 2
		;;
	esac
done <"$2/kernel/dma/swiotlb_tracker.h"
exit 0`

/** What a guest says whose tracker kept its promise. */
export const KEPT = `LAB before nslabs=512 used=0 hiwater=1 true_used=0 true_hiwater=1
LAB promise under=0 over=0 until=0 reads=0 unmarked=0
LAB readers started=1 failed=0
LAB after nslabs=512 used=0 hiwater=9 true_used=0 true_hiwater=9
LAB probes mappings=12 mapped=9 unmappings=9 missed=0 overrun=0 left=0
LAB truth least=9 most=9
LAB alarms found=0 read=99
LAB done seconds=1`

/** The emulator that prints a text, and ends. */
export const says = (text: string): string => `echo '${text}'`

/** A folder with programs that stand in for those of the machine; as PATH, nothing else is found. */
export function standInPrograms(scratch: string, emulator: string): string {
  const folder = mkdtempSync(join(scratch, 'bin-'))
  const all = {
    make: MAKE,
    sh: 'exec /bin/sh "$@"',
    gcc: 'echo /lib/libc.a',
    flex: '',
    bison: '',
    bc: '',
    [`${prefixOf('arm64')}gcc`]: 'echo /lib/libc.a',
    'qemu-system-x86_64': emulator,
    'qemu-system-aarch64': emulator,
  }
  for (const [name, text] of Object.entries(all)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  }
  return folder
}

/** PATH with programs that stand in for those of the machine, before what else is there. */
export const standInFirst = (scratch: string, emulator: string): string =>
  `${standInPrograms(scratch, emulator)}${delimiter}${process.env['PATH']}`

/**
 * A compiler that knows its version, and makes a shell script of whatever it is given.
 *
 * @param made what the script does
 */
export function standInCompiler(file: string, made: string): string {
  const text = `#!/bin/sh
[ "$1" = --version ] && echo stand-in 1 && exit
while [ $# -gt 1 ]; do
	[ "$1" = -o ] && echo '#!/bin/sh
${made}' >"$2" && chmod +x "$2"
	shift
done
`
  writeFileSync(file, text, { mode: 0o755 })
  return file
}

/** What a driver of `verify` ends with that came to a BUG. */
export const BUG = 'exit 70'

/** A folder for --work, with the tool in it that the kernel's own build would make. */
export function standInWork(scratch: string): string {
  const work = mkdtempSync(join(scratch, 'work-'))
  for (const kind of ['static', 'arm64-static']) {
    const packs = join(work, kind, 'usr/gen_init_cpio')
    mkdirSync(dirname(packs), { recursive: true })
    writeFileSync(packs, '#!/bin/sh\necho packed\n', { mode: 0o755 })
  }
  return work
}
