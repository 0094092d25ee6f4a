/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two protocols of the driver, text and binary, share. */
#ifndef KERNEL_SHIM_DRIVER_H
#define KERNEL_SHIM_DRIVER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "data.h"
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
	bool copies;
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

/* execute.c */
void execute(const struct op *op, struct record *r);
/* Of the lists and the state of all slots, and with copies of the data. */
void checksum(struct record *r);
bool checksum_due(void);

/* data.c: what the world does to the memory of a mapping, and what became of it; with copies. */
void data_start(void);
void data_mapped(const struct live *live, struct record *r);
void data_unmapped(const struct live *live, struct record *r);
void data_before_sync(const struct live *live, const struct op *op);
void data_synced(const struct live *live, const struct op *op, struct record *r);
uint64_t data_checksum(void);

/* text.c */
void run_text(struct header_in *in);

#endif
