// SPDX-License-Identifier: GPL-2.0-only
/* The sampling thread. */
#include "engine/sampler.h"

#include "engine/clock.h"

static void *sampler_main(void *arg)
{
	struct sampler *s = arg;
	uint64_t next = clock_ns();

	pthread_mutex_lock(&s->mutex);
	while (!s->end) {
		struct timespec until;

		next += s->period_ns;
		until.tv_sec = (time_t)(next / 1000000000ULL);
		until.tv_nsec = (long)(next % 1000000000ULL);
		pthread_cond_timedwait(&s->wake, &s->mutex, &until);
		for (unsigned int i = 0; i < s->nr_instances; i++)
			s->instances[i].ops->sample(s->instances[i].mem);
	}
	pthread_mutex_unlock(&s->mutex);
	return NULL;
}

int sampler_start(struct sampler *s, const struct lab_instance *instances,
		  unsigned int nr_instances, uint64_t period_ns)
{
	pthread_condattr_t attr;

	*s = (struct sampler){
		.instances = instances,
		.nr_instances = nr_instances,
		.period_ns = period_ns,
		.mutex = PTHREAD_MUTEX_INITIALIZER,
	};
	if (!period_ns)
		return 0;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->wake, &attr);
	pthread_condattr_destroy(&attr);
	s->running = !pthread_create(&s->thread, NULL, sampler_main, s);
	return s->running ? 0 : -EAGAIN;
}

void sampler_stop(struct sampler *s)
{
	if (!s->running)
		return;
	pthread_mutex_lock(&s->mutex);
	s->end = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->mutex);
	pthread_join(s->thread, NULL);
	pthread_cond_destroy(&s->wake);
}
