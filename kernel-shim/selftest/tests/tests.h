/* SPDX-License-Identifier: GPL-2.0-only */
/* What the groups of tests share: the allocator that is asked, short ways to ask it, the report. */
#ifndef SELFTEST_TESTS_H
#define SELFTEST_TESTS_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_shim.h"
#include "report.h"

#define START 0x40000000ULL
#define SLOT 2048ULL

/**
 * struct tree - what the kernel's tree has, where tests must know it
 * @pad_slots: padding slots: places and counts by the rules of Linux 6.10 and later
 * @chosen_at_boot: counters are kept only with the word track_hiwater
 * @first: the first ones with areas, Linux 6.0
 * @encryption: pools know whether they are decrypted
 */
struct tree {
	bool pad_slots;
	bool chosen_at_boot;
	bool first;
	bool encryption;
};

/* main.c, which is compiled together with the kernel's file. */
extern const struct tree tree;
extern void (*shim_irq_hook)(void);
extern bool shim_grace_is_over;
/* What the kernel does when its debugfs comes up, once more. */
void run_initcalls(void);

/* common.c */
extern const struct ks_api *ks;
/* Made anew with each pool; it asks for no alignment at first. */
extern struct ks_device *dev;

/* Whether this build was configured with @option, a kernel option without CONFIG_. */
bool built_with(const char *option);
/* Whether io_tlb_used and io_tlb_used_hiwater are counters: DEBUG_FS, in a tree that has a mark. */
bool counts(void);

/* A pool in place of the last one; ends the program when it cannot be made. */
void make_config(const struct ks_config *config);
void make(uint64_t nslabs, uint64_t nareas);

uint64_t map(int cpu, uint64_t orig, size_t size, uint32_t am, uint32_t mam);
/* Slots one by one, on CPU 0. Return: the last, or KS_FAILED. */
uint64_t map_many(uint64_t n);
void unmap(uint64_t addr, uint32_t mam);
struct ks_mapping where(uint64_t addr);
struct ks_slot slot(uint64_t index);

/* The groups, a file each. */
void init_tests(void);
void search_tests(void);
void map_tests(void);
void growth_tests(void);
void restricted_tests(void);
void marks_tests(void);
void encryption_tests(void);
void differential_tests(void);

/* known.c: what is known to be wrong. Return: the exit status of the program. */
int known_list(void);
int known_issue(const char *name);

#endif /* SELFTEST_TESTS_H */
