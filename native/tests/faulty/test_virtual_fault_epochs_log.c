// SPDX-License-Identifier: GPL-2.0-only
/*
 * epochs whose log forgets when it is full: what two neighbours become has the smaller
 * mark of both. With a log of four and a look at the clock at every change the search
 * meets it; the same log as it should be keeps its promise.
 */
#define LAB_INSTRUMENTED 1
#include "kernel.h"

#define EPOCHS_LOG 4
#define EPOCHS_EVERY 1

/* As struct stretch. */
struct logged {
	u32 end;
	u16 max;
	u16 min;
};

static bool forgets;

/* What is announced here as a whole is a log that is about to be thinned. */
static void announce(void *ptr, size_t size)
{
	struct logged *log = ptr;

	if (forgets && size == EPOCHS_LOG * sizeof(*log))
		for (int i = 0; i < EPOCHS_LOG; i += 2)
			log[i].max = log[i + 1].max = min(log[i].max, log[i + 1].max);
}

#undef instrument_write
#define instrument_write(ptr, size) announce((void *)(ptr), (size))
#include "trackers/epochs.h"
#undef instrument_write
#define instrument_write(ptr, size) instrument_access((ptr), (size), ACCESS_WRITE)

#define FAULT_BESIDE (LAB_BESIDE_RESET | LAB_BESIDE_GROWTH | LAB_BESIDE_LOAD)
#include "faulty/hunt.h"

int main(void)
{
	CHECK_EQ(hunted(LAB_FIND_PROMISE), 0);
	forgets = true;
	return hunt(LAB_FIND_UNDER);
}
