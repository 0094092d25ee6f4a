// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one file that is compiled together with the kernel's: it includes the unmodified swiotlb.c
 * (KERNEL_SWIOTLB_C) and gives it the face of kernel_shim.h. build.sh finds out what the tree has:
 *   SHIM_HAVE_POOLS      struct io_tlb_pool apart from struct io_tlb_mem
 *   SHIM_HAVE_PAD_SLOTS  padding slots in the slot descriptor
 *   SHIM_HAVE_COUNTERS   total_used and used_hiwater in struct io_tlb_mem
 *   SHIM_STATIC_MEM      io_tlb_default_mem is static
 *   SHIM_HAVE_TRACK_HIWATER  the boot parameter has the word track_hiwater
 *   SHIM_HAVE_CC         pools know whether they are decrypted
 *   SHIM_USED_ON_STACK   the file io_tlb_used shows a variable on the stack
 * SHIM_BOOT_WORDS are those that the boot parameter gets behind "force".
 * The headers of kernel/ are parts of this file: they use what is static in the kernel's.
 */
#include <stdio.h>

#include <linux/swiotlb.h>

#ifdef SHIM_STATIC_MEM
#define SHIM_MEM_SCOPE static
#else
#define SHIM_MEM_SCOPE
#endif

/* Declared ahead to fix its alignment: its place in a pair of lines decides what a map costs. */
SHIM_MEM_SCOPE struct io_tlb_mem io_tlb_default_mem __attribute__((aligned(128)));

/* The kernel's file defines its own. */
#undef pr_fmt
#include KERNEL_SWIOTLB_C

#include "kernel_shim.h"

#if defined(CONFIG_DEBUG_FS) && defined(SHIM_HAVE_COUNTERS)
#define SHIM_COUNTERS 1
#endif

#ifdef SHIM_HAVE_POOLS
typedef struct io_tlb_pool shim_pool;
#define default_pool_of(mem) (&(mem)->defpool)
#else
typedef struct io_tlb_mem shim_pool;
#define default_pool_of(mem) (mem)
#endif

#ifdef SHIM_HAVE_PAD_SLOTS
#define slot_pad(slot) ((slot)->pad_slots)
#else
#define slot_pad(slot) 0u
#endif

struct ks_device {
	struct device dev __attribute__((aligned(64)));
	struct device_dma_parameters parms;
	u64 dma_mask;
};

/* In this order. */
#include "kernel/setup.h"
#include "kernel/map.h"
#include "kernel/pools.h"
#include "kernel/state.h"

__attribute__((visibility("default"))) const struct ks_api *kernel_shim_api(void)
{
	static const struct ks_api api = {
		.version = KS_API_VERSION,
		.size = sizeof(api),
		.configuration = SHIM_CONFIGURATION,
		.create = ks_create,
		.destroy = ks_destroy,
		.device = ks_device,
		.device_masks = ks_device_masks,
		.map = ks_map,
		.unmap = ks_unmap,
		.map_held = ks_map_held,
		.unmap_held = ks_unmap_held,
		.sync = ks_sync,
		.alloc = ks_alloc,
		.release = ks_release,
		.settle = shim_settle,
		.describe = ks_describe,
		.place = ks_place,
		.set_index = ks_set_index,
		.used = ks_used,
		.hiwater = ks_hiwater,
		.total = ks_total,
		.transient = ks_transient,
		.write_hiwater = ks_write_hiwater,
		.full = ks_full,
		.warnings = shim_log_warnings,
		.max_mapping_size = ks_max_mapping_size,
		.pool = ks_pool,
		.slot = ks_slot,
		.area_used = ks_area_used,
		.area_index = ks_area_index,
		.list_hash = ks_list_hash,
		.state_hash = ks_state_hash,
		.layout = ks_layout,
		.trust = ks_trust,
		.original_memory = ks_original_memory,
		.bounce_memory = ks_bounce_memory,
	};

	return &api;
}
