// SPDX-License-Identifier: GPL-2.0-only
/*
 * This host's costs: samples of each, round by round, with a look at how the two
 * CPUs stand to each other between the rounds. What they amount to is decided
 * elsewhere, where it is known which rounds belong together.
 */
#include <math.h>
#include <stdlib.h>

#include "engine/clock.h"
#include "engine/neighbours.h"
#include "virtual/calibrate/probe.h"
#include "virtual/lab_predict.h"
#include "kernel.h"

#define IN_FLIGHT_FEW 1
#define IN_FLIGHT_MANY 16
#define MAX_ROUNDS 100000

const size_t lab_calibration_bytes[LAB_CALIBRATION_COPIES] = {
	512, 2048, 4096, 16384, 65536, 262144
};

const unsigned int lab_calibration_delays[LAB_CALIBRATION_DELAYS] = { 0, 2, 8, 16, 32, 48, 64, 96 };

struct calibration {
	struct lab_calibration *result;
	struct lab_control *control;
	struct pinned_threads *team; /* NULL on a host with one CPU, with what needs it */
	struct neighbours *neighbours;
	char *buffer;
	size_t buffer_at;
	uint32_t rounds;
};

static double *sample(const struct calibration *c, unsigned int figure, uint32_t round)
{
	return &c->result->samples[(size_t)figure * c->rounds + round];
}

/* What becomes of lines that another CPU wants, or whose neighbours it wants. */
static void sample_lines(const struct calibration *c, uint32_t i)
{
	for (unsigned int k = 0; k < LAB_NR_PLACES; k++)
		*sample(c, LAB_FIG_BESIDE + k, i) =
			c->team ? probe_beside(c->team, (enum lab_place)k) : NAN;
	for (unsigned int k = 0; k < LAB_CALIBRATION_DELAYS; k++) {
		const unsigned int delay = lab_calibration_delays[k];

		*sample(c, LAB_FIG_KEPT + k, i) = c->team ? probe_kept(c->team, delay) : NAN;
		*sample(c, LAB_FIG_DELAY + k, i) = probe_delay(delay);
	}
}

/* One sample of everything, so that what the host does meanwhile falls on all alike. */
static int sample_all(struct calibration *c, uint32_t i)
{
	struct probe_alloc alloc = { 0 };
	int err = 0;

	*sample(c, LAB_FIG_OWN, i) = probe_own();
	*sample(c, LAB_FIG_ATOMIC, i) = probe_atomic();
	*sample(c, LAB_FIG_LOCK, i) = probe_lock();
	*sample(c, LAB_FIG_CLOCK, i) = probe_clock();
	*sample(c, LAB_FIG_HANDOFF, i) = c->team ? probe_handoff(c->team) : NAN;
	*sample(c, LAB_FIG_CONTENDED, i) = c->team ? probe_contended(c->team) : NAN;
	*sample(c, LAB_FIG_TAKEN, i) = c->team ? probe_taken(c->team) : NAN;
	*sample(c, LAB_FIG_TICKET, i) = c->team ? probe_ticket(c->team) : NAN;
	sample_lines(c, i);
	for (unsigned int k = 0; k < LAB_CALIBRATION_COPIES; k++)
		*sample(c, LAB_FIG_COPY + k, i) =
			probe_copy(c->buffer, lab_calibration_bytes[k], &c->buffer_at);
	for (unsigned int bitmap = 0; bitmap < 2 && !err; bitmap++) {
		err = probe_allocator(IN_FLIGHT_MANY, bitmap, &alloc);
		*sample(c, LAB_FIG_MAP + bitmap, i) = alloc.map;
		*sample(c, LAB_FIG_UNMAP + bitmap, i) = alloc.unmap;
	}
	if (!err)
		err = probe_allocator(IN_FLIGHT_FEW, false, &alloc);
	*sample(c, LAB_FIG_FEW, i) = alloc.map + alloc.unmap;
	return err;
}

/* Times of map and unmap when nothing costs anything but what @costs says. */
static int charge(enum lab_allocator_probe probe, struct lab_costs costs, double *map,
		  double *unmap)
{
	const struct lab_pool pool = probe_pool();
	const struct lab_variant variant = { .layout = probe == LAB_MANY_BITMAP ? 4 : 0 };
	struct lab_size_range sizes;
	const struct lab_workload w =
		probe_workload(probe == LAB_FEW_COUNTS ? IN_FLIGHT_FEW : IN_FLIGHT_MANY, &sizes);
	const struct lab_virtual setup = {
		.topology = { 1, 1, 1, 0 },
		.costs = costs,
		.steps = 4000,
		.warm_steps = 2000,
	};
	struct lab_control control = { 0 };
	struct lab_virtual_result *r = malloc(sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	err = lab_run_virtual(&pool, &variant, &w, &setup, &control, r);
	if (!err) {
		const double pairs = (double)r->pairs, other = r->spent_ns[LAB_SPENT_OTHER] / 2;

		*map = (r->spent_ns[LAB_SPENT_SEARCH] + other) / pairs;
		*unmap = (r->spent_ns[LAB_SPENT_RELEASE] + other) / pairs;
	}
	free(r);
	return err;
}

/* One kind of access costs this much, the others next to nothing: that counts it. */
#define MUCH_NS 1000.0
#define LITTLE_NS 0.01

static int count(struct lab_calibration *r, enum lab_allocator_probe probe)
{
	const struct {
		struct lab_costs costs;
		double *map;
		double *unmap;
	} kinds[] = {
		{ { .own = MUCH_NS, .walk = LITTLE_NS, .atomic = LITTLE_NS },
		  &r->map[probe].own,
		  &r->unmap[probe].own },
		{ { .own = LITTLE_NS, .walk = MUCH_NS, .atomic = LITTLE_NS },
		  &r->map[probe].walk,
		  &r->unmap[probe].walk },
		{ { .own = LITTLE_NS, .walk = LITTLE_NS, .atomic = MUCH_NS },
		  &r->map[probe].atomic,
		  &r->unmap[probe].atomic },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int err = charge(probe, kinds[i].costs, kinds[i].map, kinds[i].unmap);

		if (err)
			return err;
		*kinds[i].map /= MUCH_NS;
		*kinds[i].unmap /= MUCH_NS;
	}
	return 0;
}

static void look_at_line(const struct calibration *c, uint32_t round)
{
	if (c->neighbours)
		neighbours_probe(c->neighbours, &c->result->line[round]);
}

static int sample_rounds(struct calibration *c)
{
	for (unsigned int i = 0; i < LAB_NR_PROBES; i++) {
		int err = count(c->result, (enum lab_allocator_probe)i);

		if (err)
			return err;
	}
	look_at_line(c, 0);
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
		look_at_line(c, i + 1);
		c->result->rounds = i + 1;
	}
	return 0;
}

static int open_team(struct calibration *c, const unsigned int *cpus)
{
	/* In real time, as timed threads are: who loses its CPU moves no line. */
	int err = pinned_threads_create_on(2, cpus, true, &c->team);

	if (err)
		return err;
	c->result->pinned = pinned_threads_facts(c->team).pinned;
	c->result->realtime = pinned_threads_facts(c->team).realtime;
	if (c->result->pinned) {
		c->result->line = malloc((c->rounds + 1) * sizeof(*c->result->line));
		return c->result->line ? neighbours_create(c->team, 2, &c->neighbours) : -ENOMEM;
	}
	/* Two threads on one CPU share its cache: no line would move. */
	pinned_threads_destroy(c->team);
	c->team = NULL;
	return 0;
}

int lab_calibrate(uint32_t rounds, const unsigned int cpus[2], struct lab_control *control,
		  struct lab_calibration *result)
{
	struct calibration c = { .result = result, .control = control, .rounds = rounds };
	int err;

	*result = (struct lab_calibration){ 0 };
	if (!rounds || rounds > MAX_ROUNDS)
		return -EINVAL;
	/* In real time one of two on the same CPU would never come to its turn. */
	if (cpus && cpus[0] == cpus[1])
		return -EINVAL;
	ticks_init();
	err = open_team(&c, cpus);
	c.buffer = malloc(PROBE_COPY_BUFFER);
	result->samples = calloc((size_t)rounds * LAB_NR_FIGURES, sizeof(*result->samples));
	if (!err && c.buffer && result->samples) {
		/* Touched, so that no page is made while a copy is timed. */
		memset(c.buffer, 1, PROBE_COPY_BUFFER);
		err = sample_rounds(&c);
	} else if (!err) {
		err = -ENOMEM;
	}
	free(c.buffer);
	neighbours_destroy(c.neighbours);
	if (c.team)
		pinned_threads_destroy(c.team);
	return err;
}

void lab_calibration_free(struct lab_calibration *result)
{
	free(result->samples);
	free(result->line);
	*result = (struct lab_calibration){ 0 };
}
