/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The swiotlb of a real kernel tree as a table of functions: linked into the driver, or loaded with
 * dlopen() and found through kernel_shim_api(). One library holds one allocator. Sizes are bytes
 * unless a name says slots; addresses are physical ones.
 */
#ifndef KERNEL_SHIM_H
#define KERNEL_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KS_API_VERSION 2
#define KS_FAILED UINT64_MAX	/* map: no slots found */
#define KS_NONE UINT64_MAX	/* a counter that this kernel or build does not have */
#define KS_POOL_SELF UINT64_MAX /* ks_config.start: the pool's virtual address */

enum ks_copy {
	KS_COPY_NONE = 0,    /* no bytes are copied, addresses need no memory */
	KS_COPY_SCRATCH = 1, /* copies from and to 16 MiB that stand for all original memory */
	KS_COPY_REAL = 2,    /* an original address is a pointer of this process */
};

enum ks_flags {
	KS_RESTRICTED = 1,	 /* a restricted DMA pool (CONFIG_DMA_RESTRICTED_POOL) */
	KS_ANY = 2,		 /* boot with SWIOTLB_ANY: growth has no 4 GiB limit */
	KS_LOG = 4,		 /* kernel messages on stderr */
	KS_GUEST_ENCRYPTED = 16, /* a confidential guest: its memory is encrypted */
	KS_DECRYPT_FAILS = 32,	 /* and no page of it can be decrypted */
};

/* The values are the kernel's. */
enum ks_dir { KS_BIDIRECTIONAL = 0, KS_TO_DEVICE = 1, KS_FROM_DEVICE = 2 };
enum ks_attr { KS_SKIP_CPU_SYNC = 1 << 5, KS_NO_WARN = 1 << 8 };

/**
 * struct ks_config - one allocator
 * @nslabs:	Slots, as in swiotlb=; the kernel rounds. 0: the kernel's default.
 * @nareas:	Areas, as in swiotlb=; 0: one per possible CPU.
 * @start:	Physical address of the pool, page aligned, or KS_POOL_SELF.
 * @grow_base:	Lowest physical address of grown pools, page aligned; 0: see README.md.
 * @boot_limit:	A boot allocation above this many bytes fails; 0: none does.
 * @possible_cpus: CPUs that the kernel believes in; 0: one.
 * @copy:	enum ks_copy.
 * @flags:	enum ks_flags.
 */
struct ks_config {
	uint64_t nslabs;
	uint64_t nareas;
	uint64_t start;
	uint64_t grow_base;
	uint64_t boot_limit;
	uint32_t possible_cpus;
	uint32_t copy;
	uint32_t flags;
};

/**
 * struct ks_mapping - where a map landed
 * @slot:	First slot taken, padding slots included.
 * @nslots:	Slots taken, padding included.
 * @offset:	Byte offset of the address in its slot.
 * @pad:	Padding slots in front of the address.
 * @pool:	0: the default pool, n: the n-th grown one, -1: a transient one.
 */
struct ks_mapping {
	int32_t slot;
	int32_t nslots;
	int32_t offset;
	int32_t pad;
	int32_t pool;
};

struct ks_slot {
	uint64_t orig_addr;
	uint64_t alloc_size;
	uint32_t list;
	uint32_t pad_slots;
};

struct ks_pool {
	uint64_t start;
	uint64_t nslabs;
	uint32_t nareas;
	uint32_t area_nslabs;
};

/* The last "buffer is full" line, and how many there were. */
struct ks_full {
	uint64_t count;
	uint64_t size;
	uint64_t total;
	uint64_t used;
};

/*
 * Sizes and offsets as compiled, in bytes; -1: no such field. Addresses modulo 128, because
 * processors fetch cache lines in pairs.
 */
struct ks_layout {
	int32_t area_size;
	int32_t slot_size;
	int32_t pool_size;
	int32_t mem_size;
	int32_t mem_nslabs;
	int32_t total_used;
	int32_t used_hiwater;
	int32_t mem_address_mod_128;
	int32_t areas_address_mod_128;
	int32_t slots_address_mod_128;
};

struct ks_device;

/* What any structure is that begins with a pointer to its device. */
struct ks_holder {
	struct ks_device *device;
};

/**
 * struct ks_api - what the library can do
 *
 * map, unmap and sync may run on many threads at once, and used, hiwater and transient beside them;
 * everything else wants the allocator idle.
 *
 * @create: make the allocator. Return: 0, or -1 with a reason in @err. Only one exists at a time; a
 *	second is refused, and the first stays.
 * @destroy: give everything back; devices end with their allocator.
 * @device: a device with these masks. @boundary 0: all ones; @dma_mask 0: all ones.
 * @device_masks: change the masks of a device.
 * @map: as swiotlb_tbl_map_single() on @cpu. Return: the address in the pool, or KS_FAILED.
 * @unmap: as swiotlb_tbl_unmap_single(); @dev must have the masks of the map.
 * @map_held, @unmap_held: the same for a benchmark: nothing but the device and the CPU lies between
 *	the caller and the kernel's function, and the arguments are those of the port's own map and
 *	unmap. unmap keeps the CPU of the thread's last map.
 * @sync: as swiotlb_sync_single_for_device() or _for_cpu().
 * @alloc: as swiotlb_alloc(), restricted pools only. Return: an address, or KS_FAILED.
 * @release: as swiotlb_free().
 * @settle: run what the kernel put off: RCU callbacks, then the growth work.
 * @describe: where an address that map returned lies; its device must have the masks of the map.
 * @place: take the @slots from @slot of the default pool for @orig. Return: address, KS_FAILED.
 * @set_index: set where the next search in @area of the default pool starts, in slots of the area.
 * @used: io_tlb_used; without debugfs the kernel's own sum.
 * @hiwater, @total, @transient: io_tlb_used_hiwater, io_tlb_nslabs, io_tlb_transient_nslabs, or
 *	KS_NONE.
 * @write_hiwater: write to io_tlb_used_hiwater. Return: 0, or -errno of the kernel's function.
 * @full: the last "buffer is full" line.
 * @warnings: how often a WARN_ONCE condition held.
 * @max_mapping_size: as swiotlb_max_mapping_size().
 * @pool: describe pool @number (as in struct ks_mapping). Return: %false when there is none.
 * @slot, @area_used, @area_index: one descriptor of pool @number.
 * @list_hash: FNV-1a 64 over u32 little endian: for each pool, oldest first, list[0..nslabs), then
 *	index[0..nareas).
 * @state_hash: FNV-1a 64 over u64 little endian: for each pool, oldest first, per slot orig_addr,
 *	alloc_size, pad_slots, then per area used.
 * @layout: sizes and offsets.
 * @trust: a device takes encrypted memory; none does at first. Matters in an encrypted guest only.
 * @original_memory: the block that stands for all original memory; with KS_COPY_SCRATCH.
 * @bounce_memory: where the bounce memory at an address of a pool lies in this process. %NULL for
 *	an address of no pool.
 */
struct ks_api {
	uint32_t version;
	uint32_t size;
	const char *configuration;
	int (*create)(const struct ks_config *config, char *err, size_t err_size);
	void (*destroy)(void);
	struct ks_device *(*device)(uint32_t min_align, uint64_t boundary, uint64_t dma_mask);
	void (*device_masks)(struct ks_device *dev, uint32_t min_align, uint64_t boundary);
	uint64_t (*map)(struct ks_device *dev, int cpu, uint64_t orig, size_t size,
			uint32_t alloc_align, int dir, unsigned long attrs);
	void (*unmap)(struct ks_device *dev, int cpu, uint64_t addr, size_t size, int dir,
		      unsigned long attrs);
	uint64_t (*map_held)(struct ks_holder *holder, unsigned int cpu, uint64_t orig, size_t size,
			     unsigned int alloc_align, unsigned int dir, unsigned long attrs);
	void (*unmap_held)(struct ks_holder *holder, uint64_t addr, size_t size, unsigned int dir,
			   unsigned long attrs);
	void (*sync)(struct ks_device *dev, uint64_t addr, size_t size, int dir, bool for_device);
	uint64_t (*alloc)(struct ks_device *dev, int cpu, size_t size);
	bool (*release)(struct ks_device *dev, uint64_t addr, size_t size);
	void (*settle)(void);
	void (*describe)(struct ks_device *dev, uint64_t addr, struct ks_mapping *mapping);
	uint64_t (*place)(struct ks_device *dev, uint64_t orig, size_t size, uint32_t alloc_align,
			  uint64_t slot);
	int (*set_index)(uint32_t area, uint32_t index);
	uint64_t (*used)(void);
	uint64_t (*hiwater)(void);
	uint64_t (*total)(void);
	uint64_t (*transient)(void);
	int (*write_hiwater)(uint64_t value);
	void (*full)(struct ks_full *full);
	uint64_t (*warnings)(void);
	uint64_t (*max_mapping_size)(struct ks_device *dev);
	bool (*pool)(int number, struct ks_pool *pool);
	bool (*slot)(int number, uint64_t index, struct ks_slot *slot);
	uint64_t (*area_used)(int number, uint32_t area);
	uint64_t (*area_index)(int number, uint32_t area);
	uint64_t (*list_hash)(void);
	uint64_t (*state_hash)(void);
	void (*layout)(struct ks_layout *layout);
	void (*trust)(struct ks_device *dev, bool trusted);
	char *(*original_memory)(void);
	void *(*bounce_memory)(uint64_t addr);
};

#define KERNEL_SHIM_SYMBOL "kernel_shim_api"

const struct ks_api *kernel_shim_api(void);

#endif
