// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's allocator against a second one, operation by operation: the lab's port, which was
 * written from a description of the behaviour and shares no line with the kernel's. Both get the
 * same random operations. After each of them, where the mapping lies, what is in use, the mark and
 * "buffer is full" must be the same; now and then everything else that an allocator keeps.
 */
#include "tests.h"

#include "engine/random.h"
#include "swiotlb/swiotlb.h"

#define LOG_OPERATIONS 2000
#define LOG_OPERATIONS_GROWING 500
#define HASH_EVERY 50
#define MAX_LIVE 4096
#define ARENA_BYTES (1UL << 20)
/* Bytes around a mapping that are looked at as well. */
#define MARGIN 64UL

extern struct swiotlb_ops swiotlb_global_atomic_ops[SWIOTLB_NR_LAYOUTS];
extern struct swiotlb_ops swiotlb_off_ops[SWIOTLB_NR_LAYOUTS];

/* What a comparison is about. */
enum kind { FIXED, WITH_DATA, GROWING, RESTRICTED };

static const char *const kind_names[] = {
	[FIXED] = "one pool",
	[WITH_DATA] = "one pool with its data",
	[GROWING] = "pools that grow",
	[RESTRICTED] = "a restricted pool",
};

struct request {
	uint64_t orig;
	size_t size;
	uint32_t am;
	uint32_t mam;
	uint64_t bm;
	unsigned int cpu;
	int dir;
	bool alloc;
};

struct flight {
	struct request req;
	uint64_t addr; /* KS_FAILED where there was no room */
	uint64_t first;
	unsigned int nslots;
};

/* One pool, and what happens to it. */
struct side_by_side {
	enum kind kind;
	struct random random;
	const struct swiotlb_ops *ops;
	struct io_tlb_mem *mem;
	struct device port;
	unsigned long nslabs;
	unsigned int nareas;
	bool settle_by_hand;
	bool counted;
	uint64_t number;
	uint64_t done;
	struct flight live[MAX_LIVE];
	unsigned int nlive;
	unsigned long slots;
	unsigned long target;
	/* "buffer is full", as the port says it. */
	uint64_t full;
	size_t full_size;
	unsigned long full_total;
	unsigned long full_used;
	bool differs;
};

static struct side_by_side s;
static char *arena;

static uint64_t below(uint64_t n)
{
	return random_below(&s.random, n);
}

static bool chance(unsigned int of_1000)
{
	return below(1000) < of_1000;
}

#define PICK(...)                                                                                  \
	({                                                                                         \
		static const uint64_t __of[] = { __VA_ARGS__ };                                    \
                                                                                                   \
		__of[below(sizeof(__of) / sizeof(__of[0]))];                                       \
	})

static void note_full(struct device *port, size_t size, unsigned long total, unsigned long used)
{
	(void)port;
	s.full++;
	s.full_size = size;
	s.full_total = total;
	s.full_used = used;
}

static void tell_request(const struct request *req)
{
	note("%s cpu %u, orig %" PRIx64 ", %zu bytes, alloc_align_mask %x, min_align_mask %x, "
	     "boundary %" PRIx64,
	     req->alloc ? "alloc" : "map", req->cpu, req->orig, req->size, req->am, req->mam,
	     req->bm);
}

/* The first difference ends the comparison. */
static void same(const char *what, uint64_t kernel, uint64_t port)
{
	if (kernel == port || s.differs)
		return;
	s.differs = true;
	note("log %" PRIu64 " (%lu slots, %u areas), operation %" PRIu64 ": %s: kernel %" PRIu64
	     " (%" PRIx64 "), port %" PRIu64 " (%" PRIx64 ")",
	     s.number, s.nslabs, s.nareas, s.done, what, kernel, kernel, port, port);
}

static void same_bytes(const char *what, const void *kernel, const void *port, size_t size)
{
	const unsigned char *a = kernel, *b = port;
	size_t i;

	if (s.differs || !memcmp(kernel, port, size))
		return;
	for (i = 0; a[i] == b[i]; i++)
		;
	s.differs = true;
	note("log %" PRIu64 ", operation %" PRIu64 ": %s: byte %zu of %zu: kernel %02x, port %02x",
	     s.number, s.done, what, i, size, a[i], b[i]);
}

/* What all trees since Linux 6.0 place alike: less than a page, and no masks. */
static void draw_common(struct request *req)
{
	req->orig = random_next(&s.random) >> 24;
	req->size = 1 + below(4095);
}

static void draw_any(struct request *req)
{
	if (!chance(10)) {
		req->orig = random_next(&s.random);
		req->orig >>= PICK(20, 28, 32, 40);
	}
	req->size = chance(125) ? PICK(1, 2047, 2048, 2049, 4095, 4096, 4097, 131072, 258048,
				       260096, 262143, 262144, 262145, 2097152) :
				  1 + below(PICK(512, 2048, 8192, 8192, 65536, 262144));
	req->am = PICK(0, 0, 0, 0x1ff, 0xfff, 0x3fff, 0xffff);
	req->mam = PICK(0, 0, 0x7ff, 0xfff, 0xfff, 0x1fff, 0xff00, 0xffff);
	req->bm = PICK(0, 0, 0, 0, 0x7ff, 0xfff, 0xffff, 0x3ffff, 0xffffffff);
}

static void draw(struct request *req)
{
	*req = (struct request){ 0 };
	if (tree.pad_slots)
		draw_any(req);
	else
		draw_common(req);
	req->cpu = chance(900) ? below(s.nareas) : below(4 * s.nareas + 3);
	req->dir = PICK(KS_BIDIRECTIONAL, KS_TO_DEVICE, KS_FROM_DEVICE);
	req->alloc = s.kind == RESTRICTED && tree.pad_slots && chance(500);
	if (s.kind != WITH_DATA)
		return;
	/* Its low bits are those of the draw; where the arena lies must not matter. */
	req->size = 1 + (req->size - 1) % 65536;
	req->mam &= 0xfff;
	req->orig = (uintptr_t)arena + MARGIN +
		    below((ARENA_BYTES - 2 * MARGIN - req->size) / 256) * 256 + req->orig % 256;
}

static uint64_t settled_growth_base(uint64_t start)
{
	const uint64_t align = 4UL << 20, gap = 16UL << 20;

	return ((start + s.nslabs * SLOT + align - 1) & ~(align - 1)) + gap;
}

static void shape(void)
{
	s.nareas = 1U << below(6);
	s.nslabs = s.nareas * 128UL << below(s.nareas > 8 ? 2 : 4);
	if (s.kind == RESTRICTED) {
		s.nareas = 1;
		/* Whole segments: of others the issues beyond-end and behind-slots are known. */
		s.nslabs = 128 * (1 + below(30));
	} else if (s.nslabs < 512) {
		/* Some trees make no smaller pool at boot. */
		s.nslabs = 512;
	}
}

static void open_both(enum kind kind, uint64_t number)
{
	uint64_t start;

	memset(&s, 0, sizeof(s));
	s.kind = kind;
	s.number = number;
	s.random = random_stream(options.seed, number << 2 | kind);
	shape();
	start = random_next(&s.random);
	start = start >> PICK(24, 28, 32) & ~4095ULL;
	/* Where a pool that served nothing is freed by work, too, its addresses come back later. */
	s.settle_by_hand = chance(500) && !tree.encryption;
	make_config(&(struct ks_config){
		.nslabs = s.nslabs,
		.nareas = s.nareas,
		.start = start,
		.grow_base = settled_growth_base(start),
		.copy = kind == WITH_DATA ? KS_COPY_REAL : KS_COPY_NONE,
		.flags = (kind == RESTRICTED ? KS_RESTRICTED : 0) | (kind == GROWING ? KS_ANY : 0),
	});
	s.counted = counts();
	s.ops = s.counted ? &swiotlb_global_atomic_ops[0] : &swiotlb_off_ops[0];
	if (s.ops->create(&(struct swiotlb_config){ .nslabs = s.nslabs,
						    .nareas = s.nareas,
						    .start = start,
						    .bounce_memory = kind == WITH_DATA,
						    .can_grow = kind == GROWING,
						    .grow_base = settled_growth_base(start) },
			  &s.mem)) {
		printf("Bail out! the port made no pool\n");
		exit(1);
	}
	s.port = (struct device){ .dma_io_tlb_mem = s.mem, .buffer_full = note_full };
}

static void masks(const struct request *req)
{
	ks->device_masks(dev, req->mam, req->bm);
	s.port.min_align_mask = req->mam;
	s.port.seg_boundary_mask = req->bm ? req->bm : DMA_BIT_ALL;
}

static char *port_memory(uint64_t addr)
{
	struct swiotlb_memory memory;

	return s.ops->pool_memory(s.mem, addr, &memory) ? memory.at + (addr - memory.start) : NULL;
}

static void same_slots(const struct flight *f)
{
	same_bytes("what lies in the slots", ks->bounce_memory(f->first), port_memory(f->first),
		   f->nslots * SLOT);
}

static void same_place(struct flight *f)
{
	struct swiotlb_placement port;
	struct ks_mapping kernel;

	ks->describe(dev, f->addr, &kernel);
	s.ops->placement(&s.port, f->addr, &port);
	same("pool", kernel.pool, port.pool);
	same("first slot", kernel.slot, port.slot);
	same("slots", kernel.nslots, port.nslots);
	same("offset", kernel.offset, port.offset);
	same("padding slots", kernel.pad, port.pad);
	f->first = f->addr - kernel.offset - (uint64_t)kernel.pad * SLOT;
	f->nslots = kernel.nslots;
}

static void same_message(uint64_t kernel_before, uint64_t port_before)
{
	struct ks_full full;

	ks->full(&full);
	same("\"buffer is full\" lines", full.count - kernel_before, s.full - port_before);
	if (full.count == kernel_before)
		return;
	same("\"buffer is full\" size", full.size, s.full_size);
	same("\"buffer is full\" total", full.total, s.full_total);
	same("\"buffer is full\" used", full.used, s.full_used);
}

static void fill_both(const struct flight *f, size_t from, size_t size)
{
	const unsigned char byte = (unsigned char)(1 + s.done % 255);

	memset((char *)ks->bounce_memory(f->addr + from), byte, size);
	memset(port_memory(f->addr + from), byte, size);
}

static uint64_t port_map(const struct request *req)
{
	return req->alloc ? s.ops->alloc(&s.port, req->cpu, req->size) :
			    s.ops->map(&s.port, req->cpu, req->orig, req->size, req->am,
				       (enum dma_data_direction)req->dir, 0);
}

static uint64_t kernel_map(const struct request *req)
{
	return req->alloc ? ks->alloc(dev, req->cpu, req->size) :
			    ks->map(dev, req->cpu, req->orig, req->size, req->am, req->dir, 0);
}

static void begin_flight(void)
{
	struct flight *f = &s.live[s.nlive];
	uint64_t port, port_full = s.full;
	struct ks_full full;

	*f = (struct flight){ .addr = KS_FAILED };
	draw(&f->req);
	masks(&f->req);
	ks->full(&full);
	f->addr = kernel_map(&f->req);
	port = port_map(&f->req);
	same("address", f->addr, port == DMA_MAPPING_ERROR ? KS_FAILED : port);
	if (f->addr == KS_FAILED)
		same_message(full.count, port_full);
	else if (!s.differs)
		same_place(f);
	if (s.differs) {
		tell_request(&f->req);
		return;
	}
	if (f->addr == KS_FAILED)
		return;
	if (s.kind == WITH_DATA) {
		same_slots(f);
		/* The device writes a part, so that the rest must come back as it was. */
		fill_both(f, f->req.size / 4, f->req.size / 2);
	}
	s.slots += f->nslots;
	s.nlive++;
}

/* Both ends write to the same original memory: the second finds it as the first did. */
static void same_original(const struct flight *f, void (*kernel)(const struct flight *),
			  void (*port)(const struct flight *))
{
	static char before[65536 + 2 * MARGIN], after[65536 + 2 * MARGIN];
	char *at = (char *)(uintptr_t)(f->req.orig - MARGIN);
	size_t size = f->req.size + 2 * MARGIN;

	memcpy(before, at, size);
	kernel(f);
	memcpy(after, at, size);
	memcpy(at, before, size);
	port(f);
	same_bytes("what came back", after, at, size);
}

static void kernel_unmap(const struct flight *f)
{
	if (f->req.alloc)
		ks->release(dev, f->addr, f->req.size);
	else
		ks->unmap(dev, f->req.cpu, f->addr, f->req.size, f->req.dir, 0);
}

static void port_unmap(const struct flight *f)
{
	if (f->req.alloc)
		s.ops->free(&s.port, f->addr);
	else
		s.ops->unmap(&s.port, f->addr, f->req.size, (enum dma_data_direction)f->req.dir, 0);
}

static void end_flight(void)
{
	unsigned int i = chance(400) ? 0 : below(s.nlive);
	struct flight f = s.live[i];

	masks(&f.req);
	if (s.kind == WITH_DATA) {
		same_original(&f, kernel_unmap, port_unmap);
	} else {
		kernel_unmap(&f);
		port_unmap(&f);
	}
	s.slots -= f.nslots;
	s.live[i] = s.live[--s.nlive];
}

/* Where the sync begins, and its bytes. */
static size_t sync_from, sync_size;

static void kernel_sync_cpu(const struct flight *f)
{
	ks->sync(dev, f->addr + sync_from, sync_size, f->req.dir, false);
}

static void port_sync_cpu(const struct flight *f)
{
	s.ops->sync_for_cpu(&s.port, f->addr + sync_from, sync_size,
			    (enum dma_data_direction)f->req.dir);
}

static void sync_flight(void)
{
	const struct flight *f = &s.live[below(s.nlive)];

	masks(&f->req);
	/* Older trees refuse some that begin within a mapping. */
	sync_from = tree.pad_slots && chance(700) ? below(f->req.size) : 0;
	sync_size = 1 + below(f->req.size - sync_from);
	if (chance(500)) {
		fill_both(f, sync_from, sync_size);
		same_original(f, kernel_sync_cpu, port_sync_cpu);
		return;
	}
	memset((char *)(uintptr_t)(f->req.orig + sync_from), (int)(s.done % 255), sync_size);
	ks->sync(dev, f->addr + sync_from, sync_size, f->req.dir, true);
	s.ops->sync_for_device(&s.port, f->addr + sync_from, sync_size,
			       (enum dma_data_direction)f->req.dir);
	same_slots(f);
}

static void reset_mark(void)
{
	if (ks->hiwater() != KS_NONE)
		ks->write_hiwater(0);
	s.ops->write_hiwater(s.mem, 0);
}

static void set_index(void)
{
	uint32_t area = below(s.nareas), index = below(s.nslabs / s.nareas);

	ks->set_index(area, index);
	s.ops->set_area_index(s.mem, area, index);
}

static void settle(void)
{
	ks->settle();
	s.ops->run_work(s.mem);
}

static void same_state(void)
{
	struct swiotlb_hash port;

	s.ops->hash(s.mem, &port);
	same("hash of run counts and search indices", ks->list_hash(), port.list);
	same("hash of slots and areas", ks->state_hash(), port.state);
	same("io_tlb_nslabs", ks->total(), s.ops->nslabs(s.mem));
	if (ks->transient() != KS_NONE)
		same("io_tlb_transient_nslabs", ks->transient(), s.ops->transient_nslabs(s.mem));
}

static void step(void)
{
	if (s.done % 500 == 0)
		s.target = s.nslabs * below(1200) / 1000;
	if (s.kind == GROWING && s.settle_by_hand && chance(20))
		settle();
	else if (chance(1))
		reset_mark();
	else if (chance(2))
		set_index();
	else if (s.kind == WITH_DATA && s.nlive && chance(200))
		sync_flight();
	else if (!s.nlive || (s.nlive < MAX_LIVE && chance(s.slots < s.target ? 750 : 250)))
		begin_flight();
	else
		end_flight();
	if (s.kind == GROWING && !s.settle_by_hand)
		settle();
	s.done++;
	same("io_tlb_used", ks->used(), s.ops->used(s.mem));
	if (s.counted)
		same("io_tlb_used_hiwater", ks->hiwater(), s.ops->hiwater(s.mem));
	if (s.done % HASH_EVERY == 0 && !s.differs)
		same_state();
}

static void close_both(void)
{
	const char *broken;

	while (s.nlive && !s.differs)
		end_flight();
	if (!s.differs) {
		settle();
		same_state();
		same("io_tlb_used with nothing mapped", ks->used(), 0);
		broken = s.ops->check(s.mem);
		if (broken)
			note("the port itself: %s", broken);
		same("the port's own check", 0, broken != NULL);
	}
	s.ops->destroy(s.mem);
}

static void compare(enum kind kind)
{
	const uint64_t length = kind == GROWING ? LOG_OPERATIONS_GROWING : LOG_OPERATIONS;
	uint64_t done = 0, logs = 0;
	bool differs = false;

	while (done < options.operations && !differs) {
		uint64_t left = options.operations - done;

		open_both(kind, logs++);
		while (s.done < length && s.done < left && !s.differs)
			step();
		done += s.done;
		close_both();
		differs = s.differs;
	}
	test(!differs, "%s: %" PRIu64 " operations in %" PRIu64 " logs%s", kind_names[kind], done,
	     logs, tree.pad_slots ? "" : ", of requests that every tree places alike");
}

static void fill_arena(void)
{
	struct random r = random_stream(options.seed, UINT64_MAX);
	size_t i;

	/* Aligned as far as any mask reaches, so that where it lies does not matter. */
	arena = aligned_alloc(ARENA_BYTES, ARENA_BYTES);
	if (!arena) {
		printf("Bail out! out of memory\n");
		exit(1);
	}
	for (i = 0; i < ARENA_BYTES; i++)
		arena[i] = (char)random_next(&r);
}

void differential_tests(void)
{
	if (built_with("SWIOTLB_DYNAMIC")) {
		if (tree.pad_slots)
			compare(GROWING);
		else
			skip("a tree without padding slots grows by older rules");
	} else {
		fill_arena();
		compare(FIXED);
		compare(WITH_DATA);
		free(arena);
	}
	if (!built_with("DMA_RESTRICTED_POOL"))
		return;
	if (built_with("SWIOTLB_DYNAMIC") && !tree.pad_slots)
		return skip("restricted pools where pools may grow: see the issue restricted-list");
	compare(RESTRICTED);
}
