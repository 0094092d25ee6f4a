/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory and threads that cannot be had, at a call of the test's choice. Linked with
 * --wrap (CMakeLists.txt), so that the calls of the core come here first.
 */
#ifndef TESTS_FAILING_H
#define TESTS_FAILING_H

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

/* The call that fails is so many calls away; 0 for none. */
static atomic_long memory_left, threads_left;
/* It has failed. */
static atomic_bool struck;
/* Those behind it fail as well. */
static atomic_bool for_good;

static bool strikes(atomic_long *left)
{
	if (atomic_load(left) <= 0)
		return false;
	if (atomic_load(left) == 1 && atomic_load(&for_good)) {
		atomic_store(&struck, true);
		return true;
	}
	if (atomic_fetch_sub(left, 1) != 1)
		return false;
	atomic_store(&struck, true);
	return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
void *__real_mmap(void *addr, size_t size, int prot, int flags, int fd, off_t offset);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
			  void *arg);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);
void *__wrap_mmap(void *addr, size_t size, int prot, int flags, int fd, off_t offset);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
			  void *arg);

void *__wrap_malloc(size_t size)
{
	return strikes(&memory_left) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return strikes(&memory_left) ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return strikes(&memory_left) ? NULL : __real_realloc(p, size);
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
	return strikes(&memory_left) ? NULL : __real_aligned_alloc(align, size);
}

void *__wrap_mmap(void *addr, size_t size, int prot, int flags, int fd, off_t offset)
{
	if (strikes(&memory_left))
		return MAP_FAILED;
	return __real_mmap(addr, size, prot, flags, fd, offset);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
			  void *arg)
{
	return strikes(&threads_left) ? EAGAIN : __real_pthread_create(thread, attr, start, arg);
}

#endif /* TESTS_FAILING_H */
