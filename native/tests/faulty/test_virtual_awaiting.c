// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two CPUs that wait for each other's write, by the word for it: the search says that
 * nobody can go on, and ends.
 */
#define AWAIT(word, value) smp_cond_load_acquire(&(word), VAL == (value))
#include "faulty/turn.h"

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_DEADLOCK);
}
