// SPDX-License-Identifier: GPL-2.0-only
/* Map, unmap and sync: padding, descriptors, what is copied, what fails. */
#include "tests.h"

static void padding_tests(void)
{
	struct ks_mapping m;
	struct ks_slot s;
	uint64_t addr, orig = 0x107feca00;
	bool good;
	int i;

	/* offset = orig & mam & (am | 7ff) = 0xca00 & 0xffff: 25 padding slots and 0x200 bytes */
	make(2048, 4);
	addr = map(1, orig, 4096, 0xffff, 0xffff);
	m = where(addr);
	test(m.pad == 25 && m.offset == 0x200 && m.nslots == 32 && m.slot % 32 == 0,
	     "padding: %d slots and %d bytes, %d slots taken", m.pad, m.offset, m.nslots);
	good = true;
	for (i = 0; i < 32; i++) {
		s = slot(m.slot + i);
		good &= s.alloc_size == 65536 - (0x200 + i * SLOT);
		good &= s.orig_addr == (i < 25 ? ~0ULL : orig + (i - 25) * SLOT);
		good &= s.pad_slots == (i == 25 ? 25 : 0);
	}
	test(good, "descriptors: sizes from the first slot on, originals behind the padding");
	test(ks->warnings() == 1, "an alloc_align_mask above fff warns, and the map goes on");
	addr = map(1, orig, 3000, 0, 0xfff);
	m = where(addr);
	s = slot(m.slot + m.nslots - 1);
	test(m.nslots == 2 && s.alloc_size == 3512ULL - (0x200 + SLOT),
	     "the last slot's size counts from the slot grid: %" PRIu64, s.alloc_size);
	addr = map(1, orig, 4096, 0, 0xfff);
	m = where(addr);
	s = slot(m.slot + m.nslots - 1);
	test(m.nslots == 3 && s.alloc_size == 4608ULL - (0x200 + 2 * SLOT),
	     "4096 bytes at 200: 3 slots, last size %" PRIu64, s.alloc_size);
	addr = map(1, orig, 3600, 0, 0xfff);
	m = where(addr);
	s = slot(m.slot + m.nslots - 1);
	test(m.nslots == 3 && (int64_t)s.alloc_size < 0,
	     "a size below its slot's start wraps: %" PRId64, (int64_t)s.alloc_size);
}

static void bounce_tests(void)
{
	static unsigned char data[8192] __attribute__((aligned(8192)));
	unsigned char *pool;
	struct ks_pool p;
	uint64_t addr, before;
	uint32_t mam = 0xfff;
	int i;

	make_config(&(struct ks_config){
		.nslabs = 256, .nareas = 1, .start = KS_POOL_SELF, .copy = KS_COPY_REAL });
	ks->pool(0, &p);
	for (i = 0; i < 8192; i++)
		data[i] = i * 7 + 1;
	ks->device_masks(dev, mam, 0);
	addr = ks->map(dev, 0, (uintptr_t)data + 0x200, 3000, 0, KS_FROM_DEVICE, KS_SKIP_CPU_SYNC);
	pool = (unsigned char *)(uintptr_t)addr;
	test(!memcmp(pool, data + 0x200, 3000),
	     "map copies for FROM_DEVICE with SKIP_CPU_SYNC as well");
	memset(pool, 0xaa, 3000);
	ks->sync(dev, addr + SLOT, 100, KS_FROM_DEVICE, false);
	test(data[0x200 + SLOT] == 0xaa && data[0x200 + SLOT - 1] != 0xaa &&
		     data[0x200 + SLOT + 100] != 0xaa,
	     "sync of a part copies that part");
	ks->sync(dev, (addr & ~(SLOT - 1)) + SLOT + 16, 1, KS_FROM_DEVICE, false);
	test(data[SLOT + 16] == 0xaa, "in a later slot, below the byte offset: delta is negative");
	before = ks->warnings();
	ks->sync(dev, addr, 5000, KS_FROM_DEVICE, false);
	test(ks->warnings() == before + 1 && data[0x200 + 2999] == 0xaa &&
		     data[0x200 + 3000] != 0xaa,
	     "too large a sync warns and is cut at the allocation's end");
	ks->unmap(dev, 0, addr, 3000, KS_FROM_DEVICE, 0);
	test(ks->used() == 0 && p.nslabs == 256, "unmap gives all slots back");
	addr = ks->map(dev, 0, (uintptr_t)data, 1000, 0xfff, KS_TO_DEVICE, 0);
	before = ks->warnings();
	ks->sync(dev, addr, 4096, KS_FROM_DEVICE, false);
	test(ks->warnings() == before, "padding behind the mapping is not protected");
}

static void failure_tests(void)
{
	struct ks_full full;
	uint64_t i;

	make(1024, 2);
	map(0, 0, SLOT, 0, 0);
	test(map(0, 0x200, 262144, 0, 0xfff) == KS_FAILED, "256 KiB and an offset never fit");
	ks->full(&full);
	test(full.count == 1 && full.size == 262656 && full.total == 1024 && full.used == 1,
	     "the message: sz %" PRIu64 ", total %" PRIu64 ", used %" PRIu64, full.size, full.total,
	     full.used);
	ks->map(dev, 0, 0x200, 262144, 0, KS_TO_DEVICE, KS_NO_WARN);
	ks->full(&full);
	test(full.count == 1, "NO_WARN is silent");
	for (i = 0; i < 3; i++) {
		static const uint32_t mam[] = { 0, 0x7ff, 0xfff };
		static const uint64_t want[] = { 262144, 260096, 258048 };

		ks->device_masks(dev, mam[i], 0);
		test(ks->max_mapping_size(dev) == want[i], "max_mapping_size with mam %x: %" PRIu64,
		     mam[i], ks->max_mapping_size(dev));
	}
	test(map(0, 0x1000, 262144, 0, 0xfff) != KS_FAILED,
	     "larger maps than that work where offset and size fit");
}

static void held_tests(void)
{
	struct ks_holder holder;
	char why[128];
	uint64_t a;

	make(1024, 4);
	holder.device = dev;
	a = ks->map_held(&holder, 2, 0x1000, 4096, 0, KS_TO_DEVICE, 0);
	test(a == START + 512 * 2048 && ks->used() == 2, "a held device maps by its CPU's area");
	ks->unmap_held(&holder, a, 4096, KS_TO_DEVICE, 0);
	test(ks->used() == 0, "a held device unmaps");
	test(ks->create(&(struct ks_config){ .nslabs = 1024, .start = START }, why, sizeof(why)) &&
		     ks->total() == 1024,
	     "a second allocator is refused, the first stays");
}

void map_tests(void)
{
	padding_tests();
	bounce_tests();
	failure_tests();
	held_tests();
}
