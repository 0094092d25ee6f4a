// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is known to be wrong in some trees, each with the least that shows it. README says more of
 * each. An issue is tried in a process of its own, since a sanitizer may end it.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "host/host.h"
#include "tests.h"

/* What a process that tries an issue ends with. */
enum { NOT_SEEN = 0, SEEN = 10, BY_SANITIZER = 99, BY_SEARCH = 73 };

#ifdef SHIM_ADDRESS_SANITIZER
#define ADDRESS_SANITIZER true
#else
#define ADDRESS_SANITIZER false
#endif

/* A sanitizer asks for these by name. */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
	return "exitcode=99";
}

const char *__ubsan_default_options(void)
{
	return "exitcode=99";
}

/* The grace period of a transient pool ends before its unmap does, as where tasks are preempted. */
static int transient_size(void)
{
	uint64_t addr;

	make(128, 1);
	map(0, 0, 262144, 0, 0);
	addr = map(0, 0, SLOT, 0, 0);
	shim_grace_is_over = true;
	unmap(addr, 0);
	shim_grace_is_over = false;
	return ks->transient() == 0 ? NOT_SEEN : SEEN;
}

static const char *no_transient_count(void)
{
	if (!built_with("SWIOTLB_DYNAMIC"))
		return "built without CONFIG_SWIOTLB_DYNAMIC";
	make(128, 1);
	if (ks->transient() == KS_NONE)
		return "no count of transient slots";
	return ADDRESS_SANITIZER ? NULL : "built without the address sanitizer";
}

static void steal(void)
{
	shim_irq_hook = NULL;
	map(0, 0, SLOT, 0, 0);
}

/* An interrupt comes between an unmap's unlock and its subtraction, and takes the slot. */
static int mark_above_pool(void)
{
	uint64_t last;

	make(1024, 1);
	last = map_many(1024);
	shim_irq_hook = steal;
	unmap(last, 0);
	shim_irq_hook = NULL;
	note("io_tlb_used_hiwater: %" PRIu64 " of 1024 slots", ks->hiwater());
	return ks->hiwater() > 1024 ? SEEN : NOT_SEEN;
}

static const char *no_mark(void)
{
	if (built_with("SWIOTLB_DYNAMIC"))
		return "a pool that grows is not full";
	make(1024, 1);
	return counts() ? NULL : "no mark is kept";
}

/* The stride is 2 and the right slots are the odd ones; the search begins right behind a free one. */
static int missed_slot(void)
{
	uint64_t addr, free = KS_FAILED;
	int i;

	make(256, 1);
	for (i = 0; i < 128; i++) {
		addr = map(0, 0x1800, SLOT, 0, 0xfff);
		if (where(addr).slot == 127)
			free = addr;
	}
	unmap(free, 0xfff);
	ks->set_index(0, 128);
	if (map(0, 0x1800, SLOT, 0, 0xfff) != KS_FAILED)
		return NOT_SEEN;
	ks->set_index(0, 126);
	addr = map(0, 0x1800, SLOT, 0, 0xfff);
	note("slot 127 is free: missed by a search from 128, %s by one from 126",
	     where(addr).slot == 127 ? "found" : "missed");
	return SEEN;
}

static const char *not_fixed_size(void)
{
	if (!tree.pad_slots)
		return "a tree without padding slots searches otherwise";
	return built_with("SWIOTLB_DYNAMIC") ? "a pool that grows serves it all the same" : NULL;
}

/* It starts page aligned and has no slot to spare; address bit 11 asks for one. */
static int unserved(void)
{
	make(512, 1);
	while (where(map(0, 0, 262144, 0, 0)).pool == 0)
		;
	return map(0, 0x1800, SLOT, 0, 0xfff) == KS_FAILED ? SEEN : NOT_SEEN;
}

static const char *no_growth(void)
{
	return built_with("SWIOTLB_DYNAMIC") ? NULL : "built without CONFIG_SWIOTLB_DYNAMIC";
}

/* Two slots are left, none where the map may begin; the search began at none of these either. */
static int endless_search(void)
{
	make(512, 4);
	map(0, 0, 258048, 0, 0);
	map(1, 0, 262144, 0, 0);
	map(2, 0, 262144, 0, 0);
	map(3, 0, 262144, 0, 0);
	ks->set_index(0, 1);
	map(0, 0x800, 1, 0, 0xffff);
	return NOT_SEEN;
}

/* 1000 slots: the last segment has 104 of its 128. */
static int beyond_end(void)
{
	struct ks_mapping m;

	make_config(&(struct ks_config){ .nslabs = 1000, .start = START, .flags = KS_RESTRICTED });
	ks->set_index(0, 896);
	m = where(map(0, 0, 262144, 0, 0));
	return m.slot + m.nslots > 1000 ? SEEN : NOT_SEEN;
}

static const char *no_restricted(void)
{
	if (!built_with("DMA_RESTRICTED_POOL"))
		return "built without CONFIG_DMA_RESTRICTED_POOL";
	return built_with("SWIOTLB_DYNAMIC") ? "the same with growth may be restricted-list" : NULL;
}

/* The last slot of 1000 is given back: what follows in its segment is no slot. */
static int behind_slots(void)
{
	uint64_t addr;

	make_config(&(struct ks_config){ .nslabs = 1000, .start = START, .flags = KS_RESTRICTED });
	ks->set_index(0, 999);
	addr = map(0, 0, SLOT, 0, 0);
	note("slot %d of 1000", where(addr).slot);
	unmap(addr, 0);
	return NOT_SEEN;
}

static const char *no_sanitized_restricted(void)
{
	return ADDRESS_SANITIZER ? no_restricted() : "built without the address sanitizer";
}

/* The list of pools of a restricted one is not initialized, and the pool is added to it. */
static int restricted_list(void)
{
	make_config(&(struct ks_config){ .nslabs = 1024, .start = START, .flags = KS_RESTRICTED });
	return NOT_SEEN;
}

static const char *no_growing_restricted(void)
{
	if (!built_with("DMA_RESTRICTED_POOL") || !built_with("SWIOTLB_DYNAMIC"))
		return "built without CONFIG_DMA_RESTRICTED_POOL or CONFIG_SWIOTLB_DYNAMIC";
	return ADDRESS_SANITIZER ? NULL : "built without the sanitizers";
}

/* Memory is short at boot, so that the pool is halved. */
static int small_areas(void)
{
	struct ks_pool p;

	make_config(&(struct ks_config){
		.nslabs = 8192, .nareas = 64, .start = START, .boot_limit = 600 * SLOT });
	ks->pool(0, &p);
	note("%" PRIu64 " slots in %u areas", p.nslabs, p.nareas);
	return p.nslabs < p.nareas * 128ULL ? SEEN : NOT_SEEN;
}

/* debugfs comes up while a slot is mapped, and that slot is given back. */
static int late_zero(void)
{
	uint64_t addr;

	make(1024, 1);
	addr = map(0, 0, SLOT, 0, 0);
	run_initcalls();
	unmap(addr, 0);
	note("io_tlb_used: %" PRIu64, ks->used());
	return ks->used() ? SEEN : NOT_SEEN;
}

static const char *no_debugfs(void)
{
	return built_with("DEBUG_FS") ? NULL : "built without CONFIG_DEBUG_FS";
}

/**
 * struct issue - something that is known to be wrong
 * @name: as it is asked for
 * @what: in a few words
 * @try: what shows it; ends with one of the numbers above
 * @cannot: why it cannot be tried in this build, or %NULL
 */
struct issue {
	const char *name;
	const char *what;
	int (*try)(void);
	const char *(*cannot)(void);
};

static const struct issue issues[] = {
	{ "transient-size", "the size of a transient pool is read when it may be freed already",
	  transient_size, no_transient_count },
	{ "mark-above-pool", "the mark can exceed the pool", mark_above_pool, no_mark },
	{ "missed-slot", "a free slot that suits is not found", missed_slot, not_fixed_size },
	{ "unserved", "no transient pool ever serves a map that keeps address bit 11", unserved,
	  no_growth },
	{ "endless-search", "a search that begins at a slot it passes by never ends",
	  endless_search, NULL },
	{ "beyond-end", "slots behind the end of the pool are given out", beyond_end,
	  no_restricted },
	{ "behind-slots", "an unmap at the end of the pool reads behind its slots", behind_slots,
	  no_sanitized_restricted },
	{ "small-areas", "a pool that is halved at boot keeps its areas, too small for a segment",
	  small_areas, NULL },
	{ "restricted-list", "a restricted pool where pools may grow is added to no list",
	  restricted_list, no_growing_restricted },
	{ "late-zero", "counters are zeroed with slots in use, and used wraps below 0", late_zero,
	  no_debugfs },
};

static const char *word_of(int status)
{
	if (!WIFEXITED(status))
		return NULL;
	switch (WEXITSTATUS(status)) {
	case NOT_SEEN:
		return "not seen";
	case SEEN:
		return "seen";
	case BY_SANITIZER:
		return "seen, by the sanitizer";
	case BY_SEARCH:
		return "seen, a search goes round in a circle";
	default:
		return NULL;
	}
}

/* Return: whether it could be tried. */
static bool tell(const struct issue *issue, bool aloud)
{
	const char *why = issue->cannot ? issue->cannot() : NULL;
	int status = -1;
	pid_t child;

	if (why) {
		printf("%s: cannot be tried: %s\n", issue->name, why);
		return true;
	}
	fflush(stdout);
	child = fork();
	if (!child) {
		if (!aloud &&
		    !(freopen("/dev/null", "w", stderr) && freopen("/dev/null", "w", stdout)))
			_exit(1);
		status = issue->try();
		fflush(stdout);
		_exit(status);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !word_of(status)) {
		printf("%s: could not be tried: wait status %d\n", issue->name, status);
		return false;
	}
	printf("%s: %s: %s\n", issue->name, word_of(status), issue->what);
	return true;
}

int known_list(void)
{
	bool tried = true;
	size_t i;

	for (i = 0; i < sizeof(issues) / sizeof(issues[0]); i++)
		tried = tell(&issues[i], false) && tried;
	ks->destroy();
	return tried ? 0 : 1;
}

int known_issue(const char *name)
{
	bool tried = false;
	size_t i;

	for (i = 0; i < sizeof(issues) / sizeof(issues[0]); i++) {
		if (strcmp(issues[i].name, name))
			continue;
		tried = tell(&issues[i], true);
		ks->destroy();
		return tried ? 0 : 1;
	}
	fprintf(stderr, "%s: unknown issue %s; --known alone lists them\n", options.program, name);
	return 2;
}
