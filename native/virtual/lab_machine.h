/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual engine: N virtual CPUs run the instrumented allocator as coroutines
 * on the calling thread. In virtual time a run predicts how a machine of the given
 * topology and costs would do; under a schedule drawn from a seed it searches for
 * an order of accesses that breaks a promise. Either way nothing depends on the
 * machine it runs on: same input, same result, byte for byte.
 *
 * What this folder holds: coroutine (stacks, context switch) and truth (what was
 * really in use), which both of its halves stand on. machine/: lines of cache,
 * virtual CPUs and time, and what is run on them: steps of a workload, or recorded
 * operations. schedule/: one schedule of a small scenario, who goes on in it, what
 * its CPUs do, and the search of many of them, which shrinks what it finds.
 * calibrate/: this host's costs. The public faces are lab_*.h, a verb each:
 * lab_predict.h, lab_recorded.h, lab_check.h and lab_calibrate.h. They are plain
 * data only, so that C++ may include them.
 *
 * This one: the machine that is predicted.
 */
#ifndef VIRTUAL_LAB_MACHINE_H
#define VIRTUAL_LAB_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#define LAB_VIRTUAL_MAX_CPUS 1024
#define LAB_VIRTUAL_MAX_SOCKETS 32
#define LAB_VIRTUAL_MAX_COPY_COSTS 16

/**
 * struct lab_topology - the virtual machine
 * @sockets: processors
 * @cores: cores of each
 * @threads: CPUs of each core; they share its cache, and do not slow each other
 * @complex_cores: cores of each core complex, which share a cache that others of the
 *	socket do not; the last complex of a socket may have fewer. 0: the socket is one.
 *
 * CPU numbers run over the cores first, as Linux numbers them on most machines:
 * CPU c is on core c modulo (@sockets x @cores), and core k in socket k / @cores.
 */
struct lab_topology {
	uint32_t sockets;
	uint32_t cores;
	uint32_t threads;
	uint32_t complex_cores;
};

/* What a copy of @bytes takes; between two of these it is a straight line. */
struct lab_copy_cost {
	double bytes;
	double ns;
};

/**
 * struct lab_costs - what everything takes, in nanoseconds
 * @own: plain access to a line that this core has
 * @walk: the same for each further line of one access, which is a loop over them and
 *	as long as its work on each; other accesses are made side by side
 * @atomic: locked instruction on a line that this core has exclusively
 * @shared: read of a line that others of the complex share, or that nobody has
 * @core: fetch a line from another core of the complex, or invalidate it there
 * @complex: the same from or in another complex of the socket; nothing asks for it
 *	where the socket is one
 * @socket: the same from or in another socket
 * @lone_lines: the processor does not fetch lines in pairs
 * @hold: how long a line stays usable where it is, once its next move has begun, which
 *	is one to a core of the same complex; where it is further, as much longer as it
 *	is further. What comes right behind the access before the move finds it if this
 *	is not 0.
 * @follow: a move of a line that was wanted already while the one before was made: from
 *	the end of that to its own, since word of it is on its way meanwhile. 0: as long
 *	as any move. Where a move is further, as much longer as it is further.
 * @handover: from an unlock to the next holder, on top of moving the lock's line
 * @clock: a read of the processor's counter, get_cycles()
 * @map: fixed work of a map outside the area's lock, by slot index: run counts,
 *	bitmap
 * @search: fixed work under the lock, for each area that is searched
 * @unmap: as @map
 * @release: as @search
 * @copy: ascending in bytes; at most LAB_VIRTUAL_MAX_COPY_COSTS
 * @nr_copy: at least one if the workload copies
 * @socket_bytes_per_ns: what all copies of a socket together can reach; 0 for
 *	no limit
 */
struct lab_costs {
	double own;
	double walk;
	double atomic;
	double shared;
	double core;
	double complex;
	double socket;
	bool lone_lines;
	double hold;
	double follow;
	double handover;
	double clock;
	double map[2];
	double search[2];
	double unmap[2];
	double release[2];
	struct lab_copy_cost copy[LAB_VIRTUAL_MAX_COPY_COSTS];
	uint32_t nr_copy;
	double socket_bytes_per_ns;
};

#endif /* VIRTUAL_LAB_MACHINE_H */
