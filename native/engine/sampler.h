/* SPDX-License-Identifier: GPL-2.0-only */
/* The thread that looks at sampled trackers every period. */
#ifndef ENGINE_SAMPLER_H
#define ENGINE_SAMPLER_H

#include <pthread.h>

#include "engine/step.h"

struct sampler {
	const struct lab_instance *instances;
	unsigned int nr_instances;
	uint64_t period_ns;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool end;
	bool running;
};

/* Looks at all @instances every @period_ns; 0 for never. 0 or -EAGAIN. */
int sampler_start(struct sampler *sampler, const struct lab_instance *instances,
		  unsigned int nr_instances, uint64_t period_ns);
void sampler_stop(struct sampler *sampler);

#endif /* ENGINE_SAMPLER_H */
