/* SPDX-License-Identifier: GPL-2.0-only */
/* What tests ask of the schedule search. */
#ifndef TESTS_SEARCH_H
#define TESTS_SEARCH_H

#include "swiotlb/swiotlb.h"
#include "virtual/lab_check.h"

/* From the first seed on, under both policies and in every layout, with nothing beside. */
static inline struct lab_check search_for(uint32_t wanted, uint64_t seeds)
{
	return (struct lab_check){
		.seed = 1,
		.seeds = seeds,
		.policy = LAB_POLICY_BOTH,
		.wanted = wanted,
		.layouts = (1U << SWIOTLB_NR_LAYOUTS) - 1,
	};
}

#endif /* TESTS_SEARCH_H */
