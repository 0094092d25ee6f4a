/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the shim headers call instead of a kernel: memory with chosen physical addresses, a log,
 * debugfs files, queued work. Plain C types only, so that both sides can include it.
 */
#ifndef SHIM_HOST_H
#define SHIM_HOST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__SANITIZE_ADDRESS__)
#define SHIM_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SHIM_ADDRESS_SANITIZER 1
#endif
#endif

/**
 * struct shim_state - what the hot path reads; written only while no thread maps, but for the two
 *	of the regions, which come and go with transient pools
 * @copy:	%false: the bounce copies are left out.
 * @identity:	%true: an original address is a pointer of this process.
 * @dma_lo:	First physical address that the shim backs with memory of its own.
 * @dma_span:	Bytes from @dma_lo to the end of the last such region.
 * @scratch:	Stands for all original memory when @identity is %false.
 * @scratch_mask: Size of @scratch in bytes, a power of two, minus one.
 * @guest_encrypted: The memory of this machine is encrypted, as a confidential guest's.
 * @decrypt_fails: No page can be decrypted.
 */
struct shim_state {
	bool copy;
	bool identity;
	uint64_t dma_lo;
	uint64_t dma_span;
	char *scratch;
	uint64_t scratch_mask;
	bool guest_encrypted;
	bool decrypt_fails;
} __attribute__((aligned(64)));

extern struct shim_state shim;

/* The CPU of the calling thread, as raw_smp_processor_id() reports it. */
extern __thread int shim_cpu __attribute__((tls_model("initial-exec")));

/* host/memory.c */
int shim_memory_init(bool copy, bool identity, uint64_t pool_start, uint64_t pool_limit,
		     uint64_t grow_base);
void shim_memory_exit(void);
void shim_expect_pool(void);
bool shim_growth_base_set(uint64_t pool_end);
void *shim_boot_alloc(size_t bytes, size_t align);
void shim_boot_free(void *vaddr);
bool shim_dma_alloc(unsigned int order, uint64_t *paddr);
void shim_dma_free(uint64_t paddr);
bool shim_reserve(uint64_t paddr, size_t bytes);
bool shim_overlaps(uint64_t paddr, size_t bytes);
void *shim_region_virt(uint64_t paddr);
uint64_t shim_virt_to_phys(const void *vaddr);
void *shim_zalloc(size_t bytes, size_t align);
void shim_free(const void *p);

/* host/log.c */
struct shim_full {
	uint64_t count;
	uint64_t size;
	uint64_t total;
	uint64_t used;
};

void shim_log(const char *dev, const char *fmt, ...);
void shim_warn_once(bool *done, const char *dev, const char *fmt, ...);
void shim_bug(const char *file, int line, const char *condition) __attribute__((noreturn));
void shim_log_reset(bool echo);
void shim_log_full(struct shim_full *full);
uint64_t shim_log_warnings(void);

/*
 * host/search.c: whether a search goes round in a circle. Only the driver asks; a library is timed.
 * shim_search_begins() is called with each lock that is taken, shim_search_looks() with each slot
 * at which a run could begin; it ends the process in a circle.
 */
#ifdef SHIM_WATCH_SEARCH
void shim_search_begins(void);
void shim_search_looks(unsigned int slot);
#else
#define shim_search_begins() ((void)0)
#define shim_search_looks(slot) ((void)0)
#endif

/* host/files.c */
struct dentry;
typedef int (*shim_get_t)(void *data, unsigned long long *val);
typedef int (*shim_set_t)(void *data, unsigned long long val);

struct dentry *shim_file_create(const char *name, struct dentry *parent, void *data, shim_get_t get,
				shim_set_t set);
int shim_file_read(const char *name, unsigned long long *val);
int shim_file_write(const char *name, unsigned long long val);
bool shim_file_exists(const char *name);
void shim_files_reset(void);

/* host/deferred.c: what a kernel would do later; it is done in shim_settle() */

/* A caller of shim_defer_rcu() keeps these two words at the start of its rcu_head. */
struct shim_callback {
	struct shim_callback *next;
	void (*func)(void *head);
};

/* A test's stand-in for preemption: a grace period ends before call_rcu() returns. */
extern bool shim_grace_is_over;

void shim_defer_rcu(void *head, void (*func)(void *head));
bool shim_defer_work(void *work, void (*func)(void *work));
void shim_settle(void);
void shim_deferred_reset(void);

#endif
