/* SPDX-License-Identifier: GPL-2.0-only */
/* What the groups of facts share: the library that is asked, and short ways to ask it. */
#ifndef FACTS_H
#define FACTS_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../kernel_shim.h"

#define START 0x40000000ULL
#define SLOT 2048ULL

extern void (*shim_irq_hook)(void);

extern const struct ks_api *ks;
/* Made anew with each pool; it asks for no alignment at first. */
extern struct ks_device *dev;

/* One line, and one more that holds or does not. */
__attribute__((format(printf, 2, 3))) void fact(bool holds, const char *fmt, ...);

/* A pool in place of the last one; ends the program when it cannot be made. */
void make_config(const struct ks_config *config);
void make(uint64_t nslabs, uint64_t nareas);

uint64_t map(int cpu, uint64_t orig, size_t size, uint32_t am, uint32_t mam);
void unmap(uint64_t addr, uint32_t mam);
struct ks_mapping where(uint64_t addr);
struct ks_slot slot(uint64_t index);

/* placement.c */
void pool_facts(void);
void map_facts(void);
void search_facts(void);
void list_facts(void);

/* state.c */
void bounce_facts(void);
void failure_facts(void);
void counter_facts(void);

/* pools.c */
void growth_facts(void);
void restricted_facts(void);
void layout_facts(void);
void held_facts(void);

/* later.c */
void untracked_facts(void);
void encryption_facts(void);

#endif /* FACTS_H */
