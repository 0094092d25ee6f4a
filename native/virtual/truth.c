// SPDX-License-Identifier: GPL-2.0-only
/* The ring of moments whose maps have not ended yet. */
#include "virtual/truth.h"

#include <stdlib.h>

#define ROOM_FIRST 4096

int truth_init(struct truth *t)
{
	*t = (struct truth){ .room = ROOM_FIRST };
	t->ring = malloc(t->room * sizeof(*t->ring));
	return t->ring ? 0 : -ENOMEM;
}

void truth_reset(struct truth *t)
{
	*t = (struct truth){ .ring = t->ring, .room = t->room };
}

void truth_free(struct truth *t)
{
	free(t->ring);
	t->ring = NULL;
}

void truth_grow(struct truth *t)
{
	struct truth_moment *ring = malloc(2 * t->room * sizeof(*ring));

	if (!ring) {
		/* Keeps running, on its oldest moments' account; the run reports it. */
		t->out_of_memory = true;
		t->tail++;
		return;
	}
	for (u64 i = t->tail; i < t->head; i++)
		ring[i & (2 * t->room - 1)] = t->ring[i & (t->room - 1)];
	free(t->ring);
	t->ring = ring;
	t->room *= 2;
}
