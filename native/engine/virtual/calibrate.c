// SPDX-License-Identifier: GPL-2.0-only
/*
 * This host's costs: medians of many samples, and the cost model they make.
 *
 * What the model counts and what can be timed are not the same things:
 * - a line passed to and fro moves twice each way: it is read, then written;
 * - the allocator's own time is its walk over lines, which the model counts, and
 *   fixed work, which is what is left of the time.
 *
 * One thread's own time is only ever made longer by what else the host does, so
 * the model takes the lower quartile of it. Of two threads one may be gone for a
 * while, and the other quick meanwhile: there the model takes the median.
 */
#include <math.h>
#include <stdlib.h>

#include "engine/virtual/probe.h"
#include "kernel.h"

#define IN_FLIGHT_FEW 1
#define IN_FLIGHT_MANY 16
/* Walking over a line takes something, also where the samples are all noise. */
#define OWN_MIN_NS 0.2
#define HOLD_NS 0.01

static const size_t copy_bytes[LAB_CALIBRATION_COPIES] = { 512, 2048, 4096, 16384, 65536, 262144 };

/* All samples, one array of @rounds for each figure. */
enum figure {
	FIG_ATOMIC,
	FIG_LOCK,
	FIG_HANDOFF,
	FIG_CONTENDED,
	FIG_TICKET,
	FIG_MAP, /* two: run counts, bitmap */
	FIG_UNMAP = FIG_MAP + 2,
	FIG_FEW = FIG_UNMAP + 2, /* run counts with one in flight: map and unmap */
	FIG_COPY,
	NR_FIGURES = FIG_COPY + LAB_CALIBRATION_COPIES,
};

struct calibration {
	struct lab_calibration *result;
	struct lab_control *control;
	struct team *team; /* NULL on a host with one CPU */
	char *buffer;
	size_t buffer_at;
	double *samples;
	uint32_t rounds;
	uint32_t done;
};

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double *samples_of(const struct calibration *c, unsigned int figure)
{
	return c->samples + (size_t)figure * c->rounds;
}

static struct lab_measure measure_of(double *samples, uint32_t n, double scale)
{
	qsort(samples, n, sizeof(*samples), by_value);
	return (struct lab_measure){
		.median = scale * (samples[(n - 1) / 2] + samples[n / 2]) / 2,
		.low = scale * samples[n / 4],
		.high = scale * samples[n - 1 - n / 4],
		.samples = n,
	};
}

static struct lab_measure summary(const struct calibration *c, unsigned int figure, double scale)
{
	if (!c->done)
		return (struct lab_measure){ NAN, NAN, NAN, 0 };
	return measure_of(samples_of(c, figure), c->done, scale);
}

static struct lab_measure pair_summary(const struct calibration *c, unsigned int figure,
				       double scale)
{
	return c->team ? summary(c, figure, scale) : (struct lab_measure){ NAN, NAN, NAN, 0 };
}

/* One sample of everything, so that what the host does meanwhile falls on all alike. */
static int sample_all(struct calibration *c, uint32_t i)
{
	struct probe_alloc alloc;
	int err = 0;

	samples_of(c, FIG_ATOMIC)[i] = probe_atomic();
	samples_of(c, FIG_LOCK)[i] = probe_lock();
	if (c->team) {
		samples_of(c, FIG_HANDOFF)[i] = probe_handoff(c->team);
		samples_of(c, FIG_CONTENDED)[i] = probe_contended(c->team);
		samples_of(c, FIG_TICKET)[i] = probe_ticket(c->team);
	}
	for (int k = 0; k < LAB_CALIBRATION_COPIES; k++)
		samples_of(c, FIG_COPY + (unsigned int)k)[i] =
			probe_copy(c->buffer, copy_bytes[k], &c->buffer_at);
	for (unsigned int bitmap = 0; bitmap < 2 && !err; bitmap++) {
		err = probe_allocator(IN_FLIGHT_MANY, bitmap, &alloc);
		samples_of(c, FIG_MAP + bitmap)[i] = alloc.map;
		samples_of(c, FIG_UNMAP + bitmap)[i] = alloc.unmap;
	}
	if (!err)
		err = probe_allocator(IN_FLIGHT_FEW, false, &alloc);
	samples_of(c, FIG_FEW)[i] = alloc.map + alloc.unmap;
	return err;
}

/**
 * struct counted - what the model charges for a pair of the probe's workload
 * @lines: accesses line by line, locked ones left out
 * @map_ns, @unmap_ns: with the costs given
 */
struct counted {
	double lines;
	double map_ns;
	double unmap_ns;
};

/* Lets the virtual engine run what was timed, with no fixed work. */
static int count(uint32_t in_flight, bool bitmap, double own, double atomic,
		 struct counted *counted)
{
	const struct lab_pool pool = probe_pool();
	const struct lab_variant variant = { .layout = bitmap ? 4 : 0 };
	struct lab_size_range sizes;
	const struct lab_workload w = probe_workload(in_flight, &sizes);
	const struct lab_virtual setup = {
		.topology = { 1, 1, 1 },
		.costs = { .own = own, .atomic = atomic },
		.steps = 4000,
		.warm_steps = 2000,
	};
	struct lab_control control = { 0 };
	struct lab_virtual_result *r = malloc(sizeof(*r));
	double locks = 2, accesses = 0, other;
	int err;

	if (!r)
		return -ENOMEM;
	err = lab_run_virtual(&pool, &variant, &w, &setup, &control, r);
	if (!err) {
		for (int i = 0; i < LAB_NR_LINE_CLASSES; i++)
			accesses += (double)r->lines[i].accesses / (double)r->pairs;
		other = r->spent_ns[LAB_SPENT_OTHER] / 2;
		*counted = (struct counted){
			.lines = accesses - locks,
			.map_ns = (r->spent_ns[LAB_SPENT_SEARCH] + other) / (double)r->pairs,
			.unmap_ns = (r->spent_ns[LAB_SPENT_RELEASE] + other) / (double)r->pairs,
		};
	}
	free(r);
	return err;
}

/* What the walk over more lines takes longer, for each of them; round by round. */
static int derive_own(struct calibration *c)
{
	struct counted few, many;
	int err = count(IN_FLIGHT_FEW, false, 1, 1, &few);
	double *own = malloc((c->done + 1) * sizeof(*own));

	if (!own)
		return -ENOMEM;
	if (!err)
		err = count(IN_FLIGHT_MANY, false, 1, 1, &many);
	if (!err) {
		for (uint32_t i = 0; i < c->done; i++)
			own[i] = (samples_of(c, FIG_FEW)[i] - samples_of(c, FIG_MAP)[i] -
				  samples_of(c, FIG_UNMAP)[i]) /
				 (few.lines - many.lines);
		c->result->own = measure_of(own, c->done, 1);
	}
	free(own);
	return err;
}

/* Half of what is left is taken to be under the area's lock. */
static int derive_work(struct calibration *c)
{
	struct lab_costs *costs = &c->result->costs;

	for (unsigned int bitmap = 0; bitmap < 2; bitmap++) {
		struct counted counted;
		double map, unmap;
		int err = count(IN_FLIGHT_MANY, bitmap, costs->own, costs->atomic, &counted);

		if (err)
			return err;
		map = max(c->result->map[bitmap].low - counted.map_ns, 0.0);
		unmap = max(c->result->unmap[bitmap].low - counted.unmap_ns, 0.0);
		costs->map[bitmap] = costs->search[bitmap] = map / 2;
		costs->unmap[bitmap] = costs->release[bitmap] = unmap / 2;
	}
	return 0;
}

static int derive(struct calibration *c)
{
	struct lab_calibration *r = c->result;
	struct lab_costs *costs = &r->costs;
	int err;

	/* Before the samples are sorted: rounds belong together. */
	err = derive_own(c);
	if (err)
		return err;
	r->atomic = summary(c, FIG_ATOMIC, 1);
	r->lock = summary(c, FIG_LOCK, 1);
	r->core = pair_summary(c, FIG_HANDOFF, 0.5);
	r->contended = pair_summary(c, FIG_CONTENDED, 1);
	r->handover = pair_summary(c, FIG_TICKET, 1);
	for (unsigned int i = 0; i < 2; i++) {
		r->map[i] = summary(c, FIG_MAP + i, 1);
		r->unmap[i] = summary(c, FIG_UNMAP + i, 1);
	}
	for (unsigned int i = 0; i < LAB_CALIBRATION_COPIES; i++) {
		r->copy_bytes[i] = (double)copy_bytes[i];
		r->copy[i] = summary(c, FIG_COPY + i, 1);
		costs->copy[i] = (struct lab_copy_cost){ r->copy_bytes[i], r->copy[i].low };
	}
	costs->nr_copy = LAB_CALIBRATION_COPIES;
	costs->own = max(r->own.low, OWN_MIN_NS);
	costs->atomic = r->atomic.low;
	costs->core = r->core.median;
	costs->shared = r->core.median;
	costs->socket = NAN;
	/*
	 * Two cores that do nothing but add keep a line for some additions, since the
	 * next one is always under way before the line can leave. In an allocator it is
	 * not: only what comes right behind still finds the line. 0 would be never.
	 */
	costs->hold = HOLD_NS;
	/* NaN stays NaN: fmax() would hide it. */
	costs->handover = r->handover.median - 2 * costs->core;
	if (costs->handover < 0)
		costs->handover = 0;
	return derive_work(c);
}

static int sample_rounds(struct calibration *c)
{
	for (uint32_t i = 0; i < c->rounds; i++) {
		int err;

		if (lab_stopped(c->control)) {
			c->result->cancelled = true;
			return 0;
		}
		if (c->control->progress)
			c->control->progress(c->control->ctx,
					     &(struct lab_progress){ i, c->rounds });
		err = sample_all(c, i);
		if (err)
			return err;
		c->done = i + 1;
	}
	return derive(c);
}

static int open_team(struct calibration *c)
{
	struct team_facts facts;
	int err = team_create(2, false, &c->team);

	if (err)
		return err;
	facts = team_facts(c->team);
	c->result->pinned = facts.pinned;
	/* Two threads on one CPU share its cache: no line would move. */
	if (!facts.pinned) {
		team_destroy(c->team);
		c->team = NULL;
	}
	return 0;
}

int lab_calibrate(uint32_t rounds, struct lab_control *control, struct lab_calibration *result)
{
	struct calibration c = { .result = result, .control = control, .rounds = rounds };
	int err;

	*result = (struct lab_calibration){ 0 };
	if (!rounds || rounds > 100000)
		return -EINVAL;
	err = open_team(&c);
	if (err)
		return err;
	c.buffer = malloc(PROBE_COPY_BUFFER);
	c.samples = calloc((size_t)rounds * NR_FIGURES, sizeof(*c.samples));
	if (c.buffer && c.samples) {
		/* Touched, so that no page is made while a copy is timed. */
		memset(c.buffer, 1, PROBE_COPY_BUFFER);
		err = sample_rounds(&c);
	} else {
		err = -ENOMEM;
	}
	free(c.buffer);
	free(c.samples);
	if (c.team)
		team_destroy(c.team);
	return err;
}
