// SPDX-License-Identifier: GPL-2.0-only
/* Draws the tapes of a workload and provides its original memory. */
#include "engine/workload.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "engine/huge.h"
#include "engine/random.h"

#define ARENA_ALIGN (2UL << 20)
/* Where original addresses begin when there is no memory behind them. */
#define ARENA_NOWHERE (1UL << 40)

static uint32_t draw_size(struct random *r, const struct lab_workload *w, uint64_t weights)
{
	uint64_t at = random_below(r, weights);
	const struct lab_size_range *range = w->sizes;

	while (at >= range->weight) {
		at -= range->weight;
		range++;
	}
	return (uint32_t)(range->first +
			  range->step *
				  random_below(r, (range->last - range->first) / range->step + 1));
}

static int check_workload(const struct lab_workload *w, uint64_t *weights, uint64_t *largest)
{
	*weights = 0;
	*largest = w->burst.mappings * w->burst.bytes;
	if (!w->cpus || !w->in_flight || !w->nr_sizes || !w->orig_align)
		return -EINVAL;
	for (uint32_t i = 0; i < w->nr_sizes; i++) {
		const struct lab_size_range *s = &w->sizes[i];

		if (!s->first || s->first > s->last || !s->step || s->last > UINT32_MAX)
			return -EINVAL;
		*weights += s->weight;
		*largest = max(*largest, s->last);
	}
	return *weights && *largest < (1ULL << 40) / w->cpus ? 0 : -EINVAL;
}

static void draw_tape(const struct loaded_workload *loaded, unsigned int cpu, uint64_t weights)
{
	const struct lab_workload *w = &loaded->w;
	struct random r = random_stream(w->seed, cpu);
	phys_addr_t base = loaded->arena_base + (phys_addr_t)cpu * loaded->arena_bytes;
	struct tape_entry *tape = loaded->tapes + (size_t)cpu * TAPE_LENGTH;

	for (unsigned int i = 0; i < TAPE_LENGTH; i++) {
		uint64_t size = draw_size(&r, w, weights);
		uint64_t room = (loaded->arena_bytes - size) / w->orig_align;

		tape[i].size = (uint32_t)size;
		tape[i].orig = base + w->orig_align * random_below(&r, room + 1);
		tape[i].place = w->order == LAB_FIFO ? i % w->in_flight :
						       (uint32_t)random_below(&r, w->in_flight);
	}
}

int workload_load(const struct lab_workload *w, struct loaded_workload *loaded)
{
	uint64_t weights, largest;
	int err = check_workload(w, &weights, &largest);

	*loaded = (struct loaded_workload){ .w = *w, .arena_base = ARENA_NOWHERE };
	if (err)
		return err;
	loaded->max_size = (uint32_t)largest;
	loaded->arena_bytes =
		round_up_to(max(4 * largest, ARENA_ALIGN) + w->orig_align, ARENA_ALIGN);
	loaded->tapes = huge_calloc((size_t)w->cpus * TAPE_LENGTH, sizeof(*loaded->tapes));
	if (!loaded->tapes)
		return -ENOMEM;
	if (w->copy) {
		size_t bytes = w->cpus * loaded->arena_bytes + ARENA_ALIGN;

		loaded->arena = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (loaded->arena == MAP_FAILED) {
			loaded->arena = NULL;
			workload_unload(loaded);
			return -ENOMEM;
		}
		loaded->arena_base =
			round_up_to((phys_addr_t)(uintptr_t)loaded->arena, ARENA_ALIGN);
	}
	for (unsigned int cpu = 0; cpu < w->cpus; cpu++)
		draw_tape(loaded, cpu, weights);
	return 0;
}

void workload_unload(struct loaded_workload *loaded)
{
	free(loaded->tapes);
	if (loaded->arena)
		munmap(loaded->arena, loaded->w.cpus * loaded->arena_bytes + ARENA_ALIGN);
	*loaded = (struct loaded_workload){ 0 };
}

static void note_full(struct device *dev, size_t size, unsigned long total, unsigned long used)
{
	struct lab_cpu *cpu = (struct lab_cpu *)((char *)dev - offsetof(struct lab_cpu, dev));

	if (cpu->full.count++)
		return;
	cpu->full.size = size;
	cpu->full.total = total;
	cpu->full.used = used;
}

struct lab_cpu *cpus_alloc(const struct loaded_workload *loaded, struct io_tlb_mem *mem)
{
	const struct lab_workload *w = &loaded->w;
	size_t places = (size_t)w->in_flight + w->burst.mappings;
	/* Whole lines, with a pair of lines between one CPU's data and the next's. */
	size_t cpu_bytes = round_up_to(w->cpus * sizeof(struct lab_cpu), 128UL);
	size_t live_bytes = round_up_to(places * sizeof(struct live_mapping), 128UL) + 128;
	char *memory = aligned_alloc(128, cpu_bytes + w->cpus * live_bytes);
	struct lab_cpu *cpus = (struct lab_cpu *)memory;

	if (!memory)
		return NULL;
	for (unsigned int i = 0; i < w->cpus; i++) {
		cpus[i] = (struct lab_cpu){
			.dev = {
				.dma_io_tlb_mem = mem,
				.min_align_mask = w->min_align_mask,
				.seg_boundary_mask = w->seg_boundary_mask ? w->seg_boundary_mask
									  : DMA_BIT_ALL,
				.buffer_full = note_full,
			},
			.tape = loaded->tapes + (size_t)i * TAPE_LENGTH,
			.live = (struct live_mapping *)(memory + cpu_bytes + i * live_bytes),
			.id = i,
		};
		for (size_t k = 0; k < places; k++)
			cpus[i].live[k].tlb_addr = DMA_MAPPING_ERROR;
	}
	return cpus;
}

void cpus_free(struct lab_cpu *cpus)
{
	free(cpus);
}
