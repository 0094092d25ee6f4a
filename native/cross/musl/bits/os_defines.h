/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What libstdc++'s headers ask of the system, where that is musl: a distribution whose own C
 * library is glibc has them configured for that.
 */
#ifndef _GLIBCXX_OS_DEFINES
#define _GLIBCXX_OS_DEFINES 1

#include <locale.h>
#include <pthread.h>
#include <time.h>

/* glibc's name for it. */
#define __locale_t locale_t

/* Threads are in the C library: there is nothing to ask. */
#define _GLIBCXX_GTHREAD_USE_WEAK 0

/* Named in functions of <mutex> that nobody here calls. */
extern "C" int pthread_cond_clockwait(pthread_cond_t *, pthread_mutex_t *, clockid_t,
				      const struct timespec *);
extern "C" int pthread_mutex_clocklock(pthread_mutex_t *, clockid_t, const struct timespec *);

#endif
