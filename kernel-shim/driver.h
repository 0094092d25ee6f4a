/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two protocols of the driver, text and binary, share. */
#ifndef KERNEL_SHIM_DRIVER_H
#define KERNEL_SHIM_DRIVER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "ids.h"
#include "kernel_shim.h"
#include "protocol.h"

struct run {
	const struct ks_api *ks;
	struct ks_device *dev;
	struct ids ids;
	uint64_t where; /* the operation or line at work, from 1 */
	uint64_t done;	/* operations done */
	uint64_t checksum_every;
	volatile sig_atomic_t in_kernel;
	bool counters;
	bool settle_by_hand;
	bool restricted;
	bool binary;
	bool layout;
};

extern struct run run;

/* driver.c */
/* End the process: one line on stderr that begins with where the input is bad. */
void bad(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
void start(const struct header_in *in, struct header_out *out);
void execute(const struct op *op, struct record *r);
void checksum(struct record *r);
bool checksum_due(void);

/* text.c */
void run_text(struct header_in *in);

#endif
