/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the threads of a team stand to each other right now: how long a line takes
 * from one to the next, and whether they share a core's execution units. A host
 * may move a guest's CPUs at any moment, so this is asked again and again.
 */
#ifndef ENGINE_NEIGHBOURS_H
#define ENGINE_NEIGHBOURS_H

#include "engine/lab.h"
#include "engine/pinned_threads.h"

struct neighbours;

/**
 * neighbours_create() - what a probe of @members threads of @team needs
 *
 * Return: 0, -EINVAL for fewer than two members or a team that is not pinned, or
 * -ENOMEM.
 */
int neighbours_create(struct pinned_threads *team, unsigned int members,
		      struct neighbours **result);
void neighbours_destroy(struct neighbours *neighbours);

/**
 * neighbours_probe() - one look
 *
 * A job of the team: some 0.1 ms with two threads, and at most a few ms when one
 * of them has lost its CPU. Then all of @line is NaN: nothing was seen.
 */
void neighbours_probe(struct neighbours *neighbours, struct lab_line *line);

#endif /* ENGINE_NEIGHBOURS_H */
