// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tries allocators that grow, each behind the face of kernel_shim.h, with the same scripts: their
 * growth work on a thread of its own, maps and unmaps on others. What must hold in every order is
 * checked of each, and what no order may change must be the same for all.
 *
 *   run [-r ROUNDS] [-t THREADS] [-s SEED] LIBRARY...
 *
 * Exit: 0 all of it held, 1 something did not, 2 wrong use, 66 the thread sanitizer's.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "script.h"

#define POOL_START 0x40000000ULL
#define GROW_BASE 0x50000000ULL
#define MAX_ENDS 4
#define MAX_ROUNDS 10000
/* Whatever hangs ends by SIGALRM. A round takes less than a second on two idle CPUs. */
#define LIMIT_SECONDS 20
#define LIMIT_SECONDS_PER_ROUND 5
#define NEW_SLOT UINT64_MAX

struct options {
	unsigned int rounds;
	unsigned int threads;
	uint64_t seed;
};

/**
 * struct outcome - what one end did in all rounds
 * @totals: what no order may change
 * @grown: pools that it grew by
 * @transient: the largest number of transient slots that was seen
 * @slack: slots by which the bounds of the mark lay apart in the round where they were widest
 */
struct outcome {
	struct totals totals;
	uint64_t grown;
	uint64_t transient;
	uint64_t slack;
};

void fail(const struct round *r, const char *fmt, ...)
{
	va_list ap;

	flockfile(stderr);
	fprintf(stderr, "%s, round %u, seed %#" PRIx64 ": ", r->name, r->number, r->seed);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	fflush(stdout);
	_exit(1);
}

static void usage(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
static void usage(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "run: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; expected: run [-r ROUNDS] [-t THREADS] [-s SEED] LIBRARY...\n");
	exit(2);
}

static uint64_t number(char option, const char *text, uint64_t least, uint64_t most)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 0);
	if (*text < '0' || *text > '9' || *end || errno || n < least || n > most)
		usage("-%c %s is no number from %" PRIu64 " to %" PRIu64, option, text, least,
		      most);
	return n;
}

static const struct ks_api *open_end(const char *file)
{
	const struct ks_api *(*get)(void);
	const struct ks_api *api;
	void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);

	if (!library) {
		fprintf(stderr, "run: %s\n", dlerror());
		exit(2);
	}
	get = (const struct ks_api *(*)(void))dlsym(library, KERNEL_SHIM_SYMBOL);
	api = get ? get() : NULL;
	if (!api || api->version != KS_API_VERSION || api->size != sizeof(*api)) {
		fprintf(stderr, "run: %s: not built from this version's kernel-shim\n", file);
		exit(2);
	}
	return api;
}

/* A pool in which nothing is mapped, as it was when it was made. */
static void check_pool_new(const struct round *r, int n, const struct ks_pool *pool)
{
	for (uint32_t i = 0; i < pool->nareas; i++)
		if (r->api->area_used(n, i))
			fail(r,
			     "pool %d, area %u: %" PRIu64 " slots are used, though none are mapped",
			     n, i, r->api->area_used(n, i));
	for (uint64_t i = 0; i < pool->nslabs; i++) {
		uint64_t run = pool->nslabs - i < 128 - i % 128 ? pool->nslabs - i : 128 - i % 128;
		struct ks_slot slot;

		if (!r->api->slot(n, i, &slot) || slot.list != run || slot.orig_addr != NEW_SLOT ||
		    slot.alloc_size || slot.pad_slots)
			fail(r, "pool %d, slot %" PRIu64 ": not free, though nothing is mapped", n,
			     i);
	}
}

/* Grown pools are as large as the first, in other places, and make up the total. Return: their number. */
static unsigned int check_pools(const struct round *r)
{
	struct ks_pool pool, other;
	uint64_t sum = 0;
	int n;

	for (n = 0; r->api->pool(n, &pool); n++) {
		if (pool.nslabs != r->config.nslabs || pool.nareas != r->config.nareas)
			fail(r,
			     "pool %d has %" PRIu64 " slots in %u areas, expected %" PRIu64
			     " in %" PRIu64,
			     n, pool.nslabs, pool.nareas, r->config.nslabs, r->config.nareas);
		for (int k = 0; k < n && r->api->pool(k, &other); k++)
			if (pool.start < other.start + other.nslabs * 2048 &&
			    other.start < pool.start + pool.nslabs * 2048)
				fail(r, "pools %d and %d share addresses", k, n);
		check_pool_new(r, n, &pool);
		sum += pool.nslabs;
	}
	if (sum != r->api->total())
		fail(r, "the pools have %" PRIu64 " slots, and io_tlb_nslabs is %" PRIu64, sum,
		     r->api->total());
	return (unsigned int)n - 1;
}

/* Nothing is mapped any more, and nothing is put off. */
static unsigned int check_end(const struct round *r)
{
	struct ks_full full;

	if (r->api->used())
		fail(r, "nothing is mapped, and io_tlb_used is %" PRId64, (int64_t)r->api->used());
	if (r->api->transient())
		fail(r, "nothing is mapped, and io_tlb_transient_nslabs is %" PRId64,
		     (int64_t)r->api->transient());
	check_mark(r);
	r->api->full(&full);
	if (full.count != r->totals.refused)
		fail(r, "\"buffer is full\" was said %" PRIu64 " times, expected %" PRIu64,
		     full.count, r->totals.refused);
	if (r->api->warnings())
		fail(r, "%" PRIu64 " warnings", r->api->warnings());
	return check_pools(r);
}

static void add_round(struct outcome *o, const struct round *r, unsigned int grown)
{
	uint64_t slack = (uint64_t)(r->most.peak - r->least.peak);
	struct totals *sum = &o->totals;

	sum->maps += r->totals.maps;
	sum->refused += r->totals.refused;
	sum->slots += r->totals.slots;
	sum->bytes += r->totals.bytes;
	sum->handed += r->totals.handed;
	sum->syncs += r->totals.syncs;
	sum->rests += r->totals.rests;
	sum->used = (sum->used ^ r->totals.used) * 0x100000001b3ULL;
	o->grown += grown;
	o->transient = (uint64_t)r->transient > o->transient ? (uint64_t)r->transient :
							       o->transient;
	o->slack = slack > o->slack ? slack : o->slack;
}

static void run_round(struct round *r, struct outcome *o)
{
	char why[200];
	unsigned int grown;

	if (r->api->create(&r->config, why, sizeof(why)))
		fail(r, "%s", why);
	run_scripts(r);
	r->api->settle();
	grown = check_end(r);
	add_round(o, r, grown);
	r->api->destroy();
}

static void run_end(const char *name, const struct ks_api *api, const struct options *opt,
		    struct outcome *o)
{
	*o = (struct outcome){ 0 };
	for (unsigned int i = 0; i < opt->rounds; i++) {
		/* 128 slots in one area, up to 1024 in eight; and devices that keep low bits. */
		struct round r = {
			.api = api,
			.name = name,
			.number = i,
			.seed = opt->seed + ((uint64_t)i << 32),
			.config = { .nslabs = 128ULL << i % 4,
				    .nareas = 1ULL << i % 4,
				    .start = POOL_START,
				    .grow_base = GROW_BASE,
				    .possible_cpus = opt->threads,
				    .copy = KS_COPY_REAL,
				    .flags = KS_ANY },
			.min_align = i / 4 % 2 ? 0x7ff : 0,
			.nthreads = opt->threads,
		};

		run_round(&r, o);
	}
	printf("%s (%s): %" PRIu64 " maps, %" PRIu64 " of them refused, %" PRIu64 " slots, %" PRIu64
	       " bytes, %" PRIu64 " handed over, %" PRIu64 " syncs; used was right at %" PRIu64
	       " rests and 0 at the end of %u rounds; the mark was within bounds at most %" PRIu64
	       " slots apart; grew by %" PRIu64 " pools, up to %" PRIu64 " transient slots\n",
	       name, api->configuration, o->totals.maps, o->totals.refused, o->totals.slots,
	       o->totals.bytes, o->totals.handed, o->totals.syncs, o->totals.rests, opt->rounds,
	       o->slack, o->grown, o->transient);
	if (!o->grown || !o->transient) {
		fprintf(stderr,
			"%s: nothing grew, or no transient pool was made: nothing was tried\n",
			name);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	struct options opt = { .rounds = 16, .threads = 6, .seed = 1 };
	struct outcome first, next;
	int c;

	while ((c = getopt(argc, argv, "r:t:s:")) != -1) {
		if (c == 'r')
			opt.rounds = (unsigned int)number('r', optarg, 1, MAX_ROUNDS);
		else if (c == 't')
			opt.threads = (unsigned int)number('t', optarg, 1, MAX_THREADS);
		else if (c == 's')
			opt.seed = number('s', optarg, 0, UINT64_MAX);
		else
			usage("no such option, or nothing behind it");
	}
	if (optind == argc || argc - optind > MAX_ENDS)
		usage("%d libraries, not 1 to %d", argc - optind, MAX_ENDS);
	alarm(LIMIT_SECONDS + LIMIT_SECONDS_PER_ROUND * opt.rounds * (unsigned int)(argc - optind));
	for (int i = optind; i < argc; i++) {
		run_end(argv[i], open_end(argv[i]), &opt, &next);
		if (i == optind)
			first = next;
		if (memcmp(&first.totals, &next.totals, sizeof(first.totals))) {
			fprintf(stderr, "%s and %s did not do the same\n", argv[optind], argv[i]);
			return 1;
		}
	}
	if (argc - optind > 1)
		printf("the counters agree\n");
	return 0;
}
