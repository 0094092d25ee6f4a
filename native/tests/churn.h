/* SPDX-License-Identifier: GPL-2.0-only */
/* Two threads map and unmap at random while a third does what it will. */
#ifndef TESTS_CHURN_H
#define TESTS_CHURN_H

#include <pthread.h>

#include "engine/random.h"
#include "fixture.h"

#define CHURN_THREADS 2
#define CHURN_PLACES 16
#define CHURN_SLOTS 8
#define CHURN_STEPS 20000
/* No order of the threads' operations can have more in use. */
#define CHURN_MOST ((unsigned long)CHURN_THREADS * CHURN_PLACES * CHURN_SLOTS)

struct churn {
	pthread_t thread;
	struct fixture *fixture;
	unsigned int number;
	phys_addr_t live[CHURN_PLACES];
	uint32_t slots[CHURN_PLACES]; /* 0: nothing mapped */
	unsigned long used;
	unsigned long most; /* the most that this thread had in use */
	int *left;	    /* threads that still work */
};

static inline void *churn_main(void *arg)
{
	struct churn *c = arg;
	struct random r = random_stream(11, c->number);

	for (unsigned int i = 0; i < CHURN_STEPS; i++) {
		uint64_t k = random_below(&r, CHURN_PLACES);

		if (c->slots[k]) {
			fixture_unmap(c->fixture, c->live[k], c->slots[k] * IO_TLB_SIZE);
			c->used -= c->slots[k];
			c->slots[k] = 0;
			continue;
		}
		c->slots[k] = 1 + (uint32_t)random_below(&r, CHURN_SLOTS);
		c->live[k] =
			fixture_map(c->fixture, c->number, 0x1000, c->slots[k] * IO_TLB_SIZE, 0);
		CHECK(c->live[k] != DMA_MAPPING_ERROR);
		c->used += c->slots[k];
		c->most = max(c->most, c->used);
	}
	__atomic_sub_fetch(c->left, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* Runs @meddle again and again until the threads are done; gives what is live. */
static inline unsigned long churn(struct fixture *fixture, struct churn *threads,
				  void (*meddle)(struct fixture *fixture, unsigned int turn))
{
	int left = CHURN_THREADS;
	unsigned long live = 0;

	for (unsigned int i = 0; i < CHURN_THREADS; i++) {
		threads[i] = (struct churn){ .fixture = fixture, .number = i, .left = &left };
		CHECK_EQ(pthread_create(&threads[i].thread, NULL, churn_main, &threads[i]), 0);
	}
	/* Bounded: each thread makes CHURN_STEPS steps. */
	for (unsigned int turn = 0; __atomic_load_n(&left, __ATOMIC_ACQUIRE); turn++)
		meddle(fixture, turn);
	for (unsigned int i = 0; i < CHURN_THREADS; i++) {
		CHECK_EQ(pthread_join(threads[i].thread, NULL), 0);
		live += threads[i].used;
	}
	return live;
}

static inline void churn_unmap(struct fixture *fixture, struct churn *threads)
{
	for (unsigned int i = 0; i < CHURN_THREADS; i++)
		for (unsigned int k = 0; k < CHURN_PLACES; k++)
			if (threads[i].slots[k])
				fixture_unmap(fixture, threads[i].live[k],
					      threads[i].slots[k] * IO_TLB_SIZE);
	CHECK_EQ(fixture->ops->used(fixture->mem), 0);
}

#endif /* TESTS_CHURN_H */
