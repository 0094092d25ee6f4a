// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preloaded into Node: makes the n-th allocation of the addon fail, or the n-th
 * thread that anybody makes. Node sets it off itself: process.env.LAB_FAIL = '3'
 * comes here as setenv(), and LAB_FAILED says whether it came to that.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static atomic_long memory_left, threads_left;
static atomic_long failed;

/* Where the addon's code lies; Node itself does not survive without memory. */
static _Atomic uintptr_t begin, end;

static int note_addon(struct dl_phdr_info *info, size_t size, void *data)
{
	const char *name = strrchr(info->dlpi_name, '/');

	(void)size;
	(void)data;
	if (!name || strcmp(name, "/swiotlb_lab.node"))
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		uintptr_t at = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;

		if (info->dlpi_phdr[i].p_type != PT_LOAD || !(info->dlpi_phdr[i].p_flags & PF_X))
			continue;
		atomic_store(&begin, at);
		atomic_store(&end, at + info->dlpi_phdr[i].p_memsz);
	}
	return 1;
}

static bool ours(void *caller)
{
	return (uintptr_t)caller >= atomic_load(&begin) && (uintptr_t)caller < atomic_load(&end);
}

static bool strikes(atomic_long *left)
{
	if (atomic_load(left) <= 0 || atomic_fetch_sub(left, 1) != 1)
		return false;
	atomic_fetch_add(&failed, 1);
	return true;
}

static bool no_memory(void *caller)
{
	return atomic_load(&memory_left) > 0 && ours(caller) && strikes(&memory_left);
}

#define REAL(name)                                                                                 \
	static __typeof__(name) *real;                                                             \
	if (!real)                                                                                 \
	*(void **)&real = dlsym(RTLD_NEXT, #name)

void *aligned_alloc(size_t align, size_t size)
{
	REAL(aligned_alloc);
	return no_memory(__builtin_return_address(0)) ? NULL : real(align, size);
}

void *realloc(void *p, size_t size)
{
	REAL(realloc);
	return no_memory(__builtin_return_address(0)) ? NULL : real(p, size);
}

/* dlsym() allocates, and calls these two; glibc has them under other names, too. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);

void *malloc(size_t size)
{
	return no_memory(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return no_memory(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

void *mmap(void *addr, size_t size, int prot, int flags, int fd, off_t offset)
{
	REAL(mmap);
	if (no_memory(__builtin_return_address(0))) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return real(addr, size, prot, flags, fd, offset);
}

void *dlopen(const char *file, int flags)
{
	REAL(dlopen);
	void *library = real(file, flags);

	if (library && !atomic_load(&end))
		dl_iterate_phdr(note_addon, NULL);
	return library;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg)
{
	REAL(pthread_create);
	return strikes(&threads_left) ? EAGAIN : real(thread, attr, start, arg);
}

/* Set before the start, where no JavaScript is at hand. */
__attribute__((constructor)) static void read_environment(void)
{
	const char *memory = getenv("LAB_FAIL_MEMORY");

	if (memory)
		atomic_store(&memory_left, atol(memory));
}

int setenv(const char *name, const char *value, int overwrite)
{
	REAL(setenv);
	if (!strcmp(name, "LAB_FAIL_MEMORY"))
		atomic_store(&memory_left, atol(value));
	else if (!strcmp(name, "LAB_FAIL_THREAD"))
		atomic_store(&threads_left, atol(value));
	return real(name, value, overwrite);
}

char *getenv(const char *name)
{
	REAL(getenv);
	if (!strcmp(name, "LAB_FAILED"))
		return atomic_exchange(&failed, 0) ? "yes" : "no";
	return real(name);
}
