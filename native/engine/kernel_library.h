/* SPDX-License-Identifier: GPL-2.0-only */
/* The allocator of a shared library, to be timed like a variant of the port. */
#ifndef ENGINE_KERNEL_LIBRARY_H
#define ENGINE_KERNEL_LIBRARY_H

#include "engine/lab_bench.h"
#include "engine/step.h"

/**
 * kernel_library_open() - make the allocator of a library that has kernel-shim's face
 * @path: the library; it holds one allocator at a time
 * @pool: what it is given; the library must make exactly this of it
 * @workload: its masks, and whether copies are made
 * @instance: set up for map, unmap, sample and destroy; the rest of its ops is NULL.
 *	What it calls mem is the library's device, which all CPUs share: map and
 *	unmap only read it.
 * @complaint: why it could not be used, if -EINVAL
 *
 * Refused is what would not be a fair comparison: another pool than the port's,
 * or structures at other places in a pair of cache lines.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int kernel_library_open(const char *path, const struct lab_pool *pool,
			const struct lab_workload *workload, struct lab_instance *instance,
			char complaint[LAB_COMPLAINT_BYTES]);

#endif /* ENGINE_KERNEL_LIBRARY_H */
