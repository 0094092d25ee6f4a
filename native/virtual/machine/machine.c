// SPDX-License-Identifier: GPL-2.0-only
/* The machine's set-up, and its run. */
#include "virtual/machine/machine.h"
#include "virtual/machine/hooks.h"
#include "engine/huge.h"

#include <stdlib.h>

bool machine_run(struct machine *m)
{
	struct machine *outer = machine_here;
	const struct instrument_engine *outer_engine = instrument_engine;

	if (!m->running) {
		for (u32 i = 0; i < m->nr; i++)
			order_set(m, &m->cpus[i], order_word(&m->cpus[i]));
		m->running = word_cpu(m, m->order[1]);
	}
	machine_here = m;
	instrument_engine = &machine_engine;
	machine_go(m);
	m->running->section = instrument_section_now;
	instrument_engine = outer_engine;
	machine_here = outer;
	if (m->unknown_lock)
		return false;
	if (m->order[1] != NEVER)
		return true;
	m->deadlocked = m->waiting > 0;
	return false;
}

void machine_place(struct machine *m, u32 id, const struct lab_topology *topology)
{
	struct vcpu *cpu = &m->cpus[id];

	cpu->core = id % (topology->sockets * topology->cores);
	cpu->owner_word = line_owner_word(&m->lines, cpu->core);
}

static int locks_init(struct machine *m)
{
	for (int i = LINES_AREAS; i < NR_LINE_MEMORIES; i++) {
		m->locks[i] = calloc(m->lines.region[i].bytes / 4 + 1, sizeof(*m->locks[i]));
		if (!m->locks[i])
			return -ENOMEM;
	}
	return 0;
}

static void costs_init(struct machine *m, const struct lab_costs *costs, bool bitmap)
{
	m->handover = cost_ps(costs->handover);
	m->clock = cost_ps(costs->clock);
	m->work[SECTION_SEARCH] = cost_ps(costs->search[bitmap]);
	m->work[SECTION_RELEASE] = cost_ps(costs->release[bitmap]);
	m->nr_copy = costs->nr_copy;
	for (u32 i = 0; i < costs->nr_copy; i++)
		m->copy[i] = (struct copy_segment){ (u64)costs->copy[i].bytes,
						    cost_ps(costs->copy[i].ns) };
	if (costs->socket_bytes_per_ns > 0)
		m->copy_ps_per_kib = cost_ps(1024 / costs->socket_bytes_per_ns);
}

int machine_init(struct machine *m, u32 nr, struct io_tlb_mem *mem, bool bitmap,
		 const struct lab_virtual *setup)
{
	size_t bytes = nr * sizeof(*m->cpus);
	int err;

	*m = (struct machine){ .nr = nr, .leaves = (u32)roundup_pow_of_two(nr) };
	costs_init(m, &setup->costs, bitmap);
	err = line_table_init(&m->lines, mem, &setup->costs, &setup->topology);
	if (err)
		return err;
	huge_collapse((void *)m->lines.region[LINES_SLOTS].base,
		      m->lines.region[LINES_SLOTS].bytes);
	m->order = malloc(2 * m->leaves * sizeof(*m->order));
	m->cpus = aligned_alloc(64, bytes);
	if (!m->order || !m->cpus || locks_init(m))
		return -ENOMEM;
	memset(m->cpus, 0, bytes);
	err = coroutine_adopt(&m->home);
	if (!err)
		err = coroutine_stacks_alloc(nr, &m->stacks);
	if (err)
		return err;
	for (u32 i = 0; i < 2 * m->leaves; i++)
		m->order[i] = NEVER;
	for (u32 i = 0; i < nr; i++) {
		m->cpus[i].id = (u16)i;
		m->cpus[i].core = NO_CORE;
		m->cpus[i].owner_word = line_owner_word(&m->lines, NO_CORE);
		m->cpus[i].wait_begun = NEVER;
		m->cpus[i].pace = PACE_MEAN;
		m->cpus[i].walk = m->lines.costs.walk;
		coroutine_create(&m->cpus[i].co, &m->stacks, i, machine_vcpu_main);
	}
	return 0;
}

void machine_free(struct machine *m)
{
	if (m->stacks.memory)
		for (u32 i = 0; i < m->nr; i++)
			coroutine_destroy(&m->cpus[i].co);
	coroutine_stacks_free(&m->stacks);
	for (int i = 0; i < NR_LINE_MEMORIES; i++)
		free(m->locks[i]);
	line_table_free(&m->lines);
	free(m->order);
	free(m->cpus);
}
