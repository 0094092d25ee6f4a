// SPDX-License-Identifier: GPL-2.0-only
/* Opening one variant of the allocator, and asking it what it knows. */
#include <stdlib.h>

#include "engine/clock.h"
#include "engine/lab_trackers.h"
#include "engine/step.h"

const char *lab_clock(void)
{
	return ticks_source();
}

void lab_adjust_size(uint64_t *nslabs, uint32_t *nareas)
{
	unsigned long n = *nslabs;

	swiotlb_adjust_size(&n, nareas);
	*nslabs = n;
}

void lab_stop(struct lab_control *control)
{
	__atomic_store_n(&control->stop, 1, __ATOMIC_RELAXED);
}

bool lab_stopped(const struct lab_control *control)
{
	return __atomic_load_n(&control->stop, __ATOMIC_RELAXED);
}

static int start_worker(struct lab_instance *instance, struct swiotlb_config *config)
{
	instance->worker = malloc(sizeof(*instance->worker));
	if (!instance->worker)
		return -ENOMEM;
	worker_init(instance->worker);
	config->schedule_work = worker_schedule;
	config->work_ctx = instance->worker;
	return 0;
}

int instance_open(const struct lab_pool *pool, const struct lab_variant *variant, unsigned int mode,
		  struct lab_instance *instance)
{
	struct swiotlb_config config = {
		.nslabs = pool->nslabs,
		.nareas = pool->nareas,
		.start = pool->start,
		.bounce_memory = mode & INSTANCE_COPY,
		.mem_offset = pool->mem_offset,
		.batch = variant->batch,
		.tolerance = variant->tolerance,
		.stretch_ns = variant->stretch_ns,
		.can_grow = pool->can_grow,
		.grow_base = pool->grow_base,
	};
	const struct swiotlb_tracker *tracker = find_tracker(variant->tracker);
	int err = 0;

	if (variant->library || !tracker || variant->layout >= SWIOTLB_NR_LAYOUTS)
		return -EINVAL;
	/* A tracker may read the counter from its first map on. */
	if (!smp_here.told_ns)
		ticks_init();
	*instance = (struct lab_instance){
		.ops = (mode & INSTANCE_INSTRUMENTED ? tracker->instrumented : tracker->ops) +
		       variant->layout,
		.pool = *pool,
	};
	if (pool->can_grow && (mode & INSTANCE_THREADS))
		err = start_worker(instance, &config);
	if (!err)
		err = instance->ops->create(&config, &instance->mem);
	if (!err && instance->worker)
		err = worker_start(instance->worker, instance->ops, instance->mem);
	if (err) {
		instance_close(instance);
		return err;
	}
	/* Only a switchable tracker has a switch; the others are always on. */
	if (variant->enabled)
		instance->ops->enable(instance->mem, true);
	return 0;
}

struct lab_duty instance_growth(const struct lab_instance *instance)
{
	return instance->worker ? worker_done(instance->worker) : (struct lab_duty){ 0 };
}

struct entrance {
	const struct lab_instance *instance;
	int err;
};

static void enter_member(void *ctx, unsigned int me)
{
	struct entrance *e = ctx;
	int err = e->instance->ops->enter(e->instance->mem);

	if (err)
		__atomic_store_n(&e->err, err, __ATOMIC_RELAXED);
}

int instance_enter(const struct lab_instance *instance, struct pinned_threads *team)
{
	struct entrance e = { .instance = instance };

	if (instance->pool.can_grow)
		pinned_threads_run(team, enter_member, &e);
	return e.err;
}

int instance_starved(const struct lab_instance *instance)
{
	return instance->pool.can_grow && instance->ops->starved(instance->mem) ? -ENOMEM : 0;
}

void instance_settle(struct lab_instance *instance)
{
	if (!instance->worker)
		return;
	worker_stop(instance->worker);
	free(instance->worker);
	instance->worker = NULL;
}

void instance_close(struct lab_instance *instance)
{
	instance_settle(instance);
	instance->ops->destroy(instance->mem);
	instance->mem = NULL;
}

void instance_marks(const struct lab_instance *instance, struct lab_accuracy *result)
{
	struct tracker_bounds bounds = instance->ops->bounds(instance->mem);

	result->used = instance->ops->used(instance->mem);
	result->hiwater = instance->ops->hiwater(instance->mem);
	result->bound_under = bounds.under;
	result->bound_over = bounds.over;
	result->lower = instance->ops->lower(instance->mem);
	result->bound_until = bounds.until;
	result->reads = bounds.reads;
	result->unmarked = bounds.unmarked;
	result->nslabs = instance->ops->nslabs(instance->mem);
}

void instance_report(const struct lab_instance *instance, struct lab_accuracy *result)
{
	instance_marks(instance, result);
	result->broken = instance->ops->check(instance->mem);
}

void cpus_report_full(const struct lab_cpu *cpus, unsigned int n, struct lab_accuracy *result)
{
	for (unsigned int i = 0; i < n; i++) {
		if (cpus[i].full.count && !result->full) {
			result->full_size = cpus[i].full.size;
			result->full_total = cpus[i].full.total;
			result->full_used = cpus[i].full.used;
		}
		result->full += cpus[i].full.count;
	}
}
