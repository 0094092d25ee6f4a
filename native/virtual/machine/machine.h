/* SPDX-License-Identifier: GPL-2.0-only */
/* The virtual machine from outside: how it is made, run and freed. */
#ifndef VIRTUAL_MACHINE_H
#define VIRTUAL_MACHINE_H

#include "virtual/machine/turn.h"

/**
 * machine_init() - a machine at time zero
 * @nr: CPUs, a sampler included
 * @mem: the allocator that will run on it
 * @bitmap: its slot index
 * @setup: its topology, and what accesses cost
 *
 * The caller gives each CPU its place and program before machine_run().
 *
 * Return: 0 or -ENOMEM; after either machine_free() is due.
 */
int machine_init(struct machine *m, u32 nr, struct io_tlb_mem *mem, bool bitmap,
		 const struct lab_virtual *setup);
void machine_free(struct machine *m);

/* Puts CPU @id where the topology has it. */
void machine_place(struct machine *m, u32 id, const struct lab_topology *topology);

/*
 * Begins all programs, or goes on where it paused. Return: whether it paused; if
 * it did not, all programs have ended, or wait for ever (@deadlocked), or cannot
 * be run (@unknown_lock).
 */
bool machine_run(struct machine *m);

#endif /* VIRTUAL_MACHINE_H */
