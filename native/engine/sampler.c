// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sampling thread. Its periods run on from one instance's time to the next, so
 * that short times are looked at as often as long ones are.
 */
#include "engine/sampler.h"

#include "engine/clock.h"
#include "engine/pinned_threads.h"

static void look(struct sampler *s)
{
	/* Acquire: a look that is counted is one that was begun while it was open. */
	bool open = __atomic_load_n(&s->open, __ATOMIC_ACQUIRE);

	s->instance->ops->sample(s->instance->mem);
	s->made += open;
	/* Those that were missed are not made up for. */
	do {
		s->next += s->period_ns;
	} while (s->next <= clock_ns());
}

static void *sampler_main(void *arg)
{
	struct sampler *s = arg;

	rise_above_pinned_threads();
	smp_set(0, s->cpus);
	pthread_mutex_lock(&s->mutex);
	while (!s->end) {
		if (!s->instance) {
			pthread_cond_wait(&s->wake, &s->mutex);
		} else if (clock_ns() >= s->next) {
			look(s);
		} else {
			struct timespec until = {
				.tv_sec = (time_t)(s->next / 1000000000ULL),
				.tv_nsec = (long)(s->next % 1000000000ULL),
			};

			pthread_cond_timedwait(&s->wake, &s->mutex, &until);
		}
	}
	pthread_mutex_unlock(&s->mutex);
	return NULL;
}

int sampler_start(struct sampler *s, uint64_t period_ns)
{
	pthread_condattr_t attr;

	*s = (struct sampler){
		.period_ns = period_ns,
		.left_ns = period_ns,
		.cpus = smp_nr(),
		.mutex = PTHREAD_MUTEX_INITIALIZER,
	};
	if (!period_ns)
		return 0;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->wake, &attr);
	pthread_condattr_destroy(&attr);
	s->running = !pthread_create(&s->thread, NULL, sampler_main, s);
	if (s->running)
		return 0;
	pthread_cond_destroy(&s->wake);
	return -EAGAIN;
}

void sampler_begin(struct sampler *s, const struct lab_instance *instance)
{
	if (!s->running || !instance->ops->sampled)
		return;
	pthread_mutex_lock(&s->mutex);
	s->instance = instance;
	s->next = clock_ns() + s->left_ns;
	s->from = s->to = s->made = 0;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->mutex);
}

void sampler_open(struct sampler *s)
{
	s->from = clock_ns();
	__atomic_store_n(&s->open, true, __ATOMIC_RELEASE);
}

void sampler_close(struct sampler *s)
{
	__atomic_store_n(&s->open, false, __ATOMIC_RELEASE);
	s->to = clock_ns();
}

/* Looks that fall into [from, to), of those that are due every period, once at @next. */
static uint64_t due_between(uint64_t from, uint64_t to, uint64_t next, uint64_t period)
{
	/* As far back as it goes, so that only whole periods are counted. */
	const uint64_t phase = next % period;

	return (to + period - 1 - phase) / period - (from + period - 1 - phase) / period;
}

struct lab_duty sampler_end(struct sampler *s)
{
	struct lab_duty duty = { 0 };

	if (!s->running)
		return duty;
	pthread_mutex_lock(&s->mutex);
	if (s->instance) {
		const uint64_t now = clock_ns();

		duty.exists = true;
		duty.due = due_between(s->from, s->to, s->next, s->period_ns);
		duty.made = s->made;
		s->left_ns = s->next > now ? s->next - now : 1;
		s->instance = NULL;
	}
	pthread_mutex_unlock(&s->mutex);
	return duty;
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
