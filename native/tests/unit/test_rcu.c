// SPDX-License-Identifier: GPL-2.0-only
/* An epoch is over when no reader is left that began in it or before, and not earlier. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "check.h"
#include "rcu.h"

#define READERS 4
#define SWAPS 2000
#define GOOD 0x600dULL

static void test_own_reads(void)
{
	uint64_t before = rcu_end_epoch(), during;

	CHECK(rcu_epoch_over(before));
	rcu_read_lock();
	/* It began behind that. */
	CHECK(rcu_epoch_over(before));
	during = rcu_end_epoch();
	CHECK_EQ(during, before + 1);
	CHECK(!rcu_epoch_over(during));
	rcu_read_lock();
	rcu_read_unlock();
	/* Only the outermost unlock counts. */
	CHECK(!rcu_epoch_over(during));
	/* Nor was the inner one a new beginning: later epochs wait for this reader, too. */
	CHECK(!rcu_epoch_over(rcu_end_epoch()));
	rcu_read_unlock();
	CHECK(rcu_epoch_over(during));
	rcu_read_lock();
	rcu_read_lock();
	during = rcu_end_epoch();
	rcu_read_abandon();
	CHECK(rcu_epoch_over(during));
	/* And the next read is a whole one again. */
	rcu_read_lock();
	CHECK(!rcu_epoch_over(rcu_end_epoch()));
	rcu_read_unlock();
}

static pthread_barrier_t step;

static void *read_in_steps(void *arg)
{
	CHECK_EQ(rcu_thread_begin(), 0);
	CHECK_EQ(rcu_thread_begin(), 0);
	rcu_read_lock();
	pthread_barrier_wait(&step);
	/* The epoch is ended here. */
	pthread_barrier_wait(&step);
	rcu_read_unlock();
	pthread_barrier_wait(&step);
	return NULL;
}

/* Another thread is waited for; one that has ended is not, and leaves its record to the next. */
static void test_other_thread(void)
{
	for (int again = 0; again < 3; again++) {
		pthread_t thread;
		uint64_t epoch;

		CHECK_EQ(pthread_create(&thread, NULL, read_in_steps, NULL), 0);
		pthread_barrier_wait(&step);
		epoch = rcu_end_epoch();
		CHECK(!rcu_epoch_over(epoch));
		CHECK(rcu_epoch_over(epoch - 1));
		pthread_barrier_wait(&step);
		pthread_barrier_wait(&step);
		CHECK(rcu_epoch_over(epoch));
		CHECK_EQ(pthread_join(thread, NULL), 0);
		CHECK(rcu_epoch_over(rcu_end_epoch()));
	}
}

struct item {
	struct rcu_head rcu;
	uint64_t good;
};

static struct item *published;
static atomic_bool end;
static atomic_uint ready;

static void *read_all_the_time(void *arg)
{
	uint64_t *bad = arg;

	CHECK_EQ(rcu_thread_begin(), 0);
	atomic_fetch_add(&ready, 1);
	while (!atomic_load(&end)) {
		const struct item *item;

		rcu_read_lock();
		item = rcu_dereference(published);
		*bad += __atomic_load_n(&item->good, __ATOMIC_RELAXED) != GOOD;
		*bad += __atomic_load_n(&item->good, __ATOMIC_RELAXED) != GOOD;
		rcu_read_unlock();
	}
	return NULL;
}

static struct item *new_item(void)
{
	struct item *item = calloc(1, sizeof(*item));

	CHECK(item);
	item->good = GOOD;
	return item;
}

/* What was taken out is spoilt and freed once its epoch is over: no reader finds it so. */
static void test_freeing(void)
{
	pthread_t threads[READERS];
	uint64_t bad[READERS] = { 0 };
	struct rcu_head *retired = NULL;
	unsigned int freed = 0;

	rcu_assign_pointer(published, new_item());
	for (int i = 0; i < READERS; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, read_all_the_time, &bad[i]), 0);
	while (atomic_load(&ready) < READERS)
		sched_yield();
	for (unsigned int i = 0; i < SWAPS || retired; i++) {
		struct rcu_head **at = &retired;

		/* Who reads no more is not waited for. */
		CHECK(i < 1000 * SWAPS);
		if (i < SWAPS) {
			struct item *old = published;

			rcu_assign_pointer(published, new_item());
			old->rcu.epoch = rcu_end_epoch();
			old->rcu.next = retired;
			retired = &old->rcu;
		} else {
			sched_yield();
		}
		while (*at) {
			struct item *item = (struct item *)*at;

			if (!rcu_epoch_over(item->rcu.epoch)) {
				at = &item->rcu.next;
				continue;
			}
			*at = item->rcu.next;
			__atomic_store_n(&item->good, 0, __ATOMIC_RELAXED);
			free(item);
			freed++;
		}
	}
	/* They read to the end: whatever was taken out was freed beside them. */
	atomic_store(&end, true);
	for (int i = 0; i < READERS; i++) {
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
		CHECK_EQ(bad[i], 0);
	}
	CHECK_EQ(freed, SWAPS);
	free(published);
}

int main(void)
{
	CHECK_EQ(pthread_barrier_init(&step, NULL, 2), 0);
	test_own_reads();
	test_other_thread();
	test_freeing();
	pthread_barrier_destroy(&step);
	return 0;
}
