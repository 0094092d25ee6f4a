/* SPDX-License-Identifier: GPL-2.0-only */
/* One map or unmap of one CPU, with what an accuracy run wants to know of it. */
#ifndef ENGINE_STEP_H
#define ENGINE_STEP_H

#include "engine/lab_replay.h"
#include "engine/pinned_threads.h"
#include "engine/worker.h"
#include "engine/workload.h"

/**
 * struct lab_instance - what is run: the allocator, and what is known about it
 * @worker: does the growth work, where threads map and the pool can grow
 */
struct lab_instance {
	const struct swiotlb_ops *ops;
	struct io_tlb_mem *mem;
	struct lab_pool pool;
	struct worker *worker;
};

/**
 * enum instance_mode - what an instance is opened for
 * @INSTANCE_COPY: there is memory behind the slots
 * @INSTANCE_INSTRUMENTED: the instrumented build
 * @INSTANCE_THREADS: growth work is done by a thread; without this, whoever
 *	runs the instance calls run_work
 */
enum instance_mode {
	INSTANCE_COPY = 1,
	INSTANCE_INSTRUMENTED = 2,
	INSTANCE_THREADS = 4,
};

/*
 * Who makes one step after another tells a tracker's clock so many nanoseconds for each,
 * of whatever CPU: as if a hundred of them were made in ten microseconds.
 */
#define STEP_NS 100

/* What is not known goes to the device, so that only the map copies. */
static inline enum dma_data_direction op_direction(uint8_t dir)
{
	switch (dir) {
	case LAB_DIR_BIDIRECTIONAL:
		return DMA_BIDIRECTIONAL;
	case LAB_DIR_FROM_DEVICE:
		return DMA_FROM_DEVICE;
	default:
		return DMA_TO_DEVICE;
	}
}

static inline unsigned long op_unmap_attrs(uint8_t flags)
{
	return flags & LAB_OP_NO_COPY ? DMA_ATTR_SKIP_CPU_SYNC : 0;
}

/* The tracker of this number, of the list or loaded; NULL for none. */
const struct swiotlb_tracker *find_tracker(uint32_t number);

/* 0, -EINVAL, -ENOMEM or -EAGAIN. @mode: enum instance_mode, or-ed. */
int instance_open(const struct lab_pool *pool, const struct lab_variant *variant, unsigned int mode,
		  struct lab_instance *instance);
void instance_close(struct lab_instance *instance);
/* Growth work scheduled and begun until now; from any thread. */
struct lab_duty instance_growth(const struct lab_instance *instance);
/* Growth work stops; what was scheduled is done. Before instance_report(). */
void instance_settle(struct lab_instance *instance);

/* Every thread of @team enters the allocator, where it can grow. 0 or -ENOMEM. */
int instance_enter(const struct lab_instance *instance, struct pinned_threads *team);
/* -ENOMEM if growth found no memory, so that nothing can be said of the run; else 0. */
int instance_starved(const struct lab_instance *instance);

/* Fills in what the tracker says: used, hiwater, bounds, lower; and the pools' slots. */
void instance_marks(const struct lab_instance *instance, struct lab_accuracy *result);
/* The same at the end, when all is at rest, and whether the allocator is in order. */
void instance_report(const struct lab_instance *instance, struct lab_accuracy *result);

/* Adds to @result what the CPUs were told of a full buffer. */
void cpus_report_full(const struct lab_cpu *cpus, unsigned int n, struct lab_accuracy *result);

/**
 * cpu_map() - map into a place that is empty
 *
 * Return: the slots that were taken, 0 when the map failed.
 */
static inline uint32_t cpu_map(const struct lab_instance *in, const struct lab_workload *w,
			       struct lab_cpu *cpu, struct live_mapping *place, phys_addr_t orig,
			       uint32_t size, struct lab_accuracy *tally)
{
	uint32_t nslots = mapping_nslots(&cpu->dev, w, orig, size);
	uint64_t slot;

	tally->maps++;
	place->tlb_addr = in->ops->map(&cpu->dev, cpu->id, orig, size, w->alloc_align_mask,
				       (enum dma_data_direction)w->direction, 0);
	if (place->tlb_addr == DMA_MAPPING_ERROR) {
		tally->failed_maps++;
		tally->failed_slots += nslots;
		return 0;
	}
	place->size = size;
	place->nslots = nslots;
	/* In another pool this is a number that no area has. */
	slot = (place->tlb_addr - in->pool.start) >> IO_TLB_SHIFT;
	tally->spills += slot / (in->pool.nslabs / in->pool.nareas) !=
			 (cpu->id & (in->pool.nareas - 1));
	return nslots;
}

/* Unmap what is in a place. Return: the slots that were freed, 0 if it is empty. */
static inline uint32_t cpu_unmap(const struct lab_instance *in, const struct lab_workload *w,
				 struct lab_cpu *cpu, struct live_mapping *place,
				 struct lab_accuracy *tally)
{
	if (place->tlb_addr == DMA_MAPPING_ERROR)
		return 0;
	in->ops->unmap(&cpu->dev, place->tlb_addr, place->size,
		       (enum dma_data_direction)w->direction, 0);
	place->tlb_addr = DMA_MAPPING_ERROR;
	tally->unmaps++;
	return place->nslots;
}

/**
 * struct burst_clock - when a CPU's next part in the large I/Os is due
 * @turn: the turn that @due is for; even: to begin one, odd: to end it
 * @due: in steps of this CPU
 */
struct burst_clock {
	uint64_t turn;
	uint64_t due;
};

#define BURST_CLOCK_INIT ((struct burst_clock){ .turn = UINT64_MAX })

/*
 * Whether CPU @me, @at steps into its tape, is to take turn @turn. The wait
 * begins when the turn is first seen: in steps of one CPU for steps of all, which
 * go at the same pace.
 */
static inline bool burst_due(struct burst_clock *clock, const struct lab_workload *w, uint64_t turn,
			     unsigned int me, uint64_t at)
{
	if (turn / 2 % w->cpus != me)
		return false;
	if (turn != clock->turn) {
		clock->turn = turn;
		clock->due = at + (turn % 2 ? w->burst.hold : w->burst.every) / w->cpus;
	}
	return at >= clock->due;
}

#endif /* ENGINE_STEP_H */
