// SPDX-License-Identifier: GPL-2.0-only
/* The readers' records and the epoch. */
#include "rcu.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/*
 * One for each thread that ever read; a thread that ends leaves its record to
 * the next that begins, and none is ever freed, so that the list can be walked
 * at any time.
 */
struct reader {
	_Alignas(128) atomic_uint_least64_t epoch; /* 0: not reading */
	atomic_bool taken;
	struct reader *next;
};

static _Atomic(struct reader *) readers;
static atomic_uint_least64_t now = 1;
/* Threads that read without a record: which epoch they began in is not known. */
static atomic_uint_least64_t unrecorded;
static pthread_key_t leave_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool has_key;
static _Thread_local struct reader *self;
static _Thread_local unsigned int nesting;

static void leave(void *arg)
{
	struct reader *r = arg;

	atomic_store(&r->taken, false);
}

static void make_key(void)
{
	has_key = !pthread_key_create(&leave_key, leave);
}

static struct reader *take_record(void)
{
	struct reader *r;
	bool no = false;

	for (r = atomic_load(&readers); r; r = r->next, no = false)
		if (atomic_compare_exchange_strong(&r->taken, &no, true))
			return r;
	r = aligned_alloc(_Alignof(struct reader), sizeof(*r));
	if (!r)
		return NULL;
	atomic_init(&r->epoch, 0);
	atomic_init(&r->taken, true);
	r->next = atomic_load(&readers);
	while (!atomic_compare_exchange_weak(&readers, &r->next, r))
		;
	return r;
}

int rcu_thread_begin(void)
{
	struct reader *r;

	if (self)
		return 0;
	pthread_once(&once, make_key);
	r = has_key ? take_record() : NULL;
	if (!r)
		return -ENOMEM;
	/* A record that would not be given back at the thread's end is not taken. */
	if (pthread_setspecific(leave_key, r)) {
		leave(r);
		return -ENOMEM;
	}
	self = r;
	return 0;
}

void rcu_read_lock(void)
{
	if (nesting++)
		return;
	/*
	 * Sequentially consistent: the record is seen before anything is read
	 * from a list, or else the epoch read here is one that ended after the
	 * removal, and the list is read without what was removed.
	 */
	if (!rcu_thread_begin())
		atomic_store(&self->epoch, atomic_load(&now));
	else
		atomic_fetch_add(&unrecorded, 1);
}

static void end_read(void)
{
	if (self)
		atomic_store_explicit(&self->epoch, 0, memory_order_release);
	else
		atomic_fetch_sub_explicit(&unrecorded, 1, memory_order_release);
}

void rcu_read_unlock(void)
{
	if (--nesting == 0)
		end_read();
}

void rcu_read_abandon(void)
{
	if (nesting)
		end_read();
	nesting = 0;
}

uint64_t rcu_end_epoch(void)
{
	return atomic_fetch_add(&now, 1);
}

bool rcu_epoch_over(uint64_t epoch)
{
	struct reader *r;

	if (atomic_load(&unrecorded))
		return false;
	for (r = atomic_load(&readers); r; r = r->next) {
		uint64_t e = atomic_load(&r->epoch);

		if (e && e <= epoch)
			return false;
	}
	return true;
}
