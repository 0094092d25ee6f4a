// SPDX-License-Identifier: GPL-2.0-only
/* A tracker that waits for what never comes: the search says so, and ends. */
#define AWAIT(word, value)                                                                         \
	while (READ_ONCE(word) != (value))                                                         \
		;
#include "faulty/turn.h"

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_ENDLESS);
}
