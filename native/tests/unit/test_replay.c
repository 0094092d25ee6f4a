// SPDX-License-Identifier: GPL-2.0-only
/* Recorded operations: what each did, and which ones make no sense. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/lab_replay.h"
#include "engine/lab_trackers.h"
#include "swiotlb/swiotlb.h"
#include "workloads.h"

#define SLOT 2048
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct lab_pool pool = { .nslabs = 512, .nareas = 4, .start = 0x40000000 };

/* @at: when each began, ns; NULL where nobody knows. */
static int run_variant(const struct lab_variant *variant, const struct lab_op *ops,
		       const double *at, size_t n, struct lab_replay_result *r)
{
	struct lab_control control = { 0 };

	return lab_replay(&pool, variant,
			  &(struct lab_replay_plan){ .ops = ops,
						     .nr_ops = n,
						     .at_ns = at,
						     .trail = true,
						     .at_fd = -1,
						     .placements_fd = -1 },
			  &control, r);
}

static int run(const struct lab_op *ops, size_t n, struct lab_replay_result *r)
{
	const struct lab_variant variant = { .tracker = 1 };

	CHECK(!strcmp(lab_tracker_name(variant.tracker), "global-atomic"));
	return run_variant(&variant, ops, NULL, n, r);
}

static void check_placement(const struct lab_replay_result *r, size_t op, int32_t slot,
			    int32_t nslots)
{
	CHECK_EQ(r->placements[op * LAB_PLACEMENT_WORDS], slot);
	CHECK_EQ(r->placements[op * LAB_PLACEMENT_WORDS + 1], nslots);
}

static struct lab_op map_op(uint32_t cpu, uint64_t id, uint64_t slots)
{
	return (struct lab_op){
		.kind = LAB_OP_MAP, .cpu = cpu, .id = id, .orig = 0x1000, .size = slots * SLOT
	};
}

static struct lab_op unmap_op(uint64_t id)
{
	return (struct lab_op){ .kind = LAB_OP_UNMAP, .id = id };
}

static void test_sequence(void)
{
	const struct lab_op ops[] = {
		map_op(0, 1, 4),
		map_op(3, 2, 128),
		{ .kind = LAB_OP_SET_INDEX, .cpu = 1, .size = 64 },
		map_op(1, 3, 2),
		unmap_op(1),
		{ .kind = LAB_OP_RESET },
		map_op(0, 1, 1),   /* an id may be used again */
		map_op(0, 4, 129), /* larger than a segment */
		unmap_op(4),
		unmap_op(2),
	};
	static const double used[] = { 4, 132, 132, 134, 130, 130, 131, 131, 131, 3 };
	static const double hiwater[] = { 4, 132, 132, 134, 134, 0, 131, 131, 131, 131 };
	struct lab_replay_result r;

	CHECK_EQ(run(ops, COUNT(ops), &r), 0);
	check_placement(&r, 0, 0, 4);
	check_placement(&r, 1, 384, 128);
	check_placement(&r, 2, -3, 0);
	check_placement(&r, 3, 128 + 64, 2);
	check_placement(&r, 4, -2, 4);
	check_placement(&r, 5, -3, 0);
	check_placement(&r, 6, 4, 1);
	check_placement(&r, 7, -1, 0);
	check_placement(&r, 8, -2, 0);
	check_placement(&r, 9, -2, 128);
	for (size_t i = 0; i < COUNT(ops); i++) {
		CHECK_EQ(r.used[i], used[i]);
		CHECK_EQ(r.hiwater[i], hiwater[i]);
		CHECK_EQ(r.full[3 * i], i == 7 ? 129 * SLOT : 0);
		CHECK_EQ(r.full[3 * i + 1], i == 7 ? 512 : 0);
		CHECK_EQ(r.full[3 * i + 2], i == 7 ? 131 : 0);
	}
	CHECK_EQ(r.accuracy.maps, 5);
	CHECK_EQ(r.accuracy.unmaps, 2);
	CHECK_EQ(r.accuracy.failed_maps, 1);
	CHECK_EQ(r.accuracy.failed_slots, 129);
	CHECK_EQ(r.accuracy.truth_high, 131);
	CHECK_EQ(r.accuracy.full, 1);
	CHECK_SOUND(r.accuracy.broken);
	lab_replay_result_free(&r);
}

/* Live before the trace began: exactly these slots, and they count. */
static void test_place(void)
{
	const struct lab_op ops[] = {
		{ .kind = LAB_OP_PLACE, .id = 1, .orig = 0x1000, .size = 3 * SLOT, .expect = 1 },
		{ .kind = LAB_OP_PLACE,
		  .id = 2,
		  .orig = 0x12fff,
		  .size = 1,
		  .alloc_align_mask = 0xfff,
		  .min_align_mask = 0xfff,
		  .expect = 131 },
		map_op(0, 3, 1),
		map_op(1, 4, 1),
		unmap_op(2),
		unmap_op(1),
	};
	struct lab_replay_result r;

	CHECK_EQ(run(ops, COUNT(ops), &r), 0);
	check_placement(&r, 2, 3, 1);
	check_placement(&r, 3, 128, 1);
	check_placement(&r, 4, -2, 2);
	check_placement(&r, 5, -2, 3);
	CHECK_EQ(r.used[1], 5);
	CHECK_EQ(r.used[5], 2);
	CHECK_EQ(r.accuracy.truth_high, 7);
	CHECK_SOUND(r.accuracy.broken);
	lab_replay_result_free(&r);
}

/* A map that the record has elsewhere is moved there, if there is room. */
static void test_expect(void)
{
	struct lab_op ops[] = {
		map_op(0, 1, 2),   /* as recorded */
		map_op(0, 2, 2),   /* recorded elsewhere */
		map_op(0, 3, 2),   /* recorded where something lies */
		map_op(0, 4, 129), /* recorded, but larger than any place */
		unmap_op(1),	   unmap_op(2), unmap_op(3),
	};
	struct lab_replay_result r;

	ops[0].expect = 0 + 1;
	ops[1].expect = 60 + 1;
	ops[2].expect = 61 + 1;
	ops[3].expect = 0 + 1;
	CHECK_EQ(run(ops, COUNT(ops), &r), 0);
	CHECK_EQ(r.misplaced, 3);
	CHECK_EQ(r.unmovable, 2);
	CHECK_EQ(r.accuracy.failed_maps, 1);
	CHECK_EQ(r.accuracy.truth_high, 6);
	CHECK_EQ(r.hiwater[6], 6);
	CHECK_EQ(r.used[6], 0);
	CHECK_SOUND(r.accuracy.broken);
	lab_replay_result_free(&r);
}

/*
 * The search finds nothing, but the record names slots that are free: the mapping
 * is put there.
 */
static void test_expect_after_failure(void)
{
	struct lab_op ops[70];
	struct lab_replay_result r;
	size_t n = 0;

	/* Area 0 with its odd slots taken, and the other areas full. */
	for (uint64_t i = 0; i < 64; i++) {
		ops[n] = map_op(0, i, 1);
		ops[n].orig = 0x10800;
		ops[n++].min_align_mask = 0xfff;
	}
	for (uint32_t area = 1; area < 4; area++)
		ops[n++] = map_op(area, 100 + area, 128);
	/* One odd slot is free, and is missed from just behind it. */
	ops[n++] = unmap_op(0);
	ops[n++] = (struct lab_op){ .kind = LAB_OP_SET_INDEX, .cpu = 0, .size = 2 };
	ops[n] = map_op(0, 200, 1);
	ops[n].orig = 0x10800;
	ops[n++].min_align_mask = 0xfff;
	CHECK_EQ(n, 70);
	CHECK_EQ(run(ops, n, &r), 0);
	check_placement(&r, 69, -1, 0);
	CHECK_EQ(r.accuracy.failed_maps, 1);
	CHECK_EQ(r.misplaced, 0);
	lab_replay_result_free(&r);

	ops[69].expect = 1 + 1;
	CHECK_EQ(run(ops, n, &r), 0);
	check_placement(&r, 69, 1, 1);
	CHECK_EQ(r.accuracy.failed_maps, 0);
	CHECK_EQ(r.misplaced, 1);
	CHECK_EQ(r.unmovable, 0);
	CHECK_EQ(r.used[69], 64 + 3 * 128);
	CHECK_SOUND(r.accuracy.broken);
	lab_replay_result_free(&r);
}

/* The same maps, placed by hand where @ops expect them. */
static size_t placed_by_hand(const struct lab_op *ops, size_t n, struct lab_op *out)
{
	const uint64_t area_nslabs = pool.nslabs / pool.nareas;
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t behind;

		out[k] = ops[i];
		if (ops[i].kind != LAB_OP_MAP) {
			k++;
			continue;
		}
		out[k++].kind = LAB_OP_PLACE;
		behind = ops[i].expect - 1 + ops[i].size / SLOT;
		out[k++] = (struct lab_op){ .kind = LAB_OP_SET_INDEX,
					    .cpu = (uint32_t)((behind - 1) / area_nslabs),
					    .size = behind % area_nslabs };
	}
	return k;
}

/* A map that the record has elsewhere leaves nothing behind where the search has it. */
static void check_no_trace(const struct lab_variant *variant)
{
	struct lab_op ops[12], by_hand[24];
	double at[COUNT(ops)], at_by_hand[COUNT(by_hand)];
	struct lab_replay_result moved, placed;
	size_t n = 0, m;

	/* Of CPU 0, so the search has them all in area 0; the record has most elsewhere. */
	for (uint64_t i = 0; i < 8; i++) {
		ops[n] = map_op(0, i, 1 + i % 4);
		ops[n++].expect = i % 4 * 128 + 100 - 40 * (i / 4) + 1;
	}
	ops[n++] = unmap_op(1);
	ops[n++] = unmap_op(6);
	ops[n] = map_op(2, 20, 3);
	ops[n++].expect = 64 + 1;
	ops[n++] = map_op(0, 21, 2);
	ops[n - 1].expect = 67 + 1;
	m = placed_by_hand(ops, n, by_hand);
	/* What a clock tells must not hang on how many operations stand for one. */
	for (size_t i = 0, k = 0; i < n; i++) {
		at[i] = 1e6 * (double)i;
		at_by_hand[k++] = at[i];
		if (ops[i].kind == LAB_OP_MAP)
			at_by_hand[k++] = at[i];
	}
	CHECK_EQ(run_variant(variant, ops, at, n, &moved), 0);
	CHECK_EQ(run_variant(variant, by_hand, at_by_hand, m, &placed), 0);
	CHECK(moved.misplaced >= 7);
	CHECK_EQ(moved.unmovable, 0);
	for (size_t i = 0, k = 0; i < n; i++, k++) {
		k += ops[i].kind == LAB_OP_MAP;
		CHECK_EQ(moved.used[i], placed.used[k]);
		CHECK_EQ(moved.hiwater[i], placed.hiwater[k]);
		if (ops[i].kind == LAB_OP_MAP)
			check_placement(&moved, i, (int32_t)ops[i].expect - 1,
					(int32_t)(ops[i].size / SLOT));
	}
	CHECK_EQ(moved.accuracy.truth_high, placed.accuracy.truth_high);
	CHECK_EQ(moved.accuracy.bound_over, placed.accuracy.bound_over);
	CHECK_SOUND(moved.accuracy.broken);
	lab_replay_result_free(&moved);
	lab_replay_result_free(&placed);
}

/* Under each tracker, in each layout, with the tolerances and batches that show most. */
static void test_no_trace(void)
{
	for (uint32_t tracker = 0; tracker < lab_nr_trackers(); tracker++)
		for (uint32_t layout = 0; layout < SWIOTLB_NR_LAYOUTS; layout++)
			for (uint64_t tolerance = 0; tolerance <= 64; tolerance += 32)
				check_no_trace(&(struct lab_variant){ .tracker = tracker,
								      .layout = layout,
								      .enabled = true,
								      .batch = 2,
								      .tolerance = tolerance });
}

/* A map that failed when it was recorded: what it would have brought use to. */
static void test_failed(void)
{
	struct lab_op ops[] = {
		map_op(0, 1, 4),
		{ .kind = LAB_OP_FAILED, .orig = 0x1000, .size = 100 * SLOT },
		map_op(0, 2, 2),
	};
	struct lab_replay_result r;

	CHECK_EQ(run(ops, COUNT(ops), &r), 0);
	CHECK_EQ(r.accuracy.demand_peak, 104);
	CHECK_EQ(r.accuracy.truth_high, 6);
	CHECK_EQ(r.accuracy.failed_maps, 0);
	check_placement(&r, 1, -3, 0);
	lab_replay_result_free(&r);
}

/* Many more ids than are live at a time, from a file and in memory: the same. */
static void test_file(void)
{
	enum { PAIRS = 20000 };
	struct lab_op *ops = calloc(2 * PAIRS, sizeof(*ops));
	const struct lab_variant variant = { .tracker = 1 };
	struct lab_control control = { 0 };
	struct lab_replay_result r, from_file;
	FILE *file = tmpfile(), *places = tmpfile();
	int32_t place[LAB_PLACEMENT_WORDS];

	CHECK(ops && file && places);
	for (uint64_t i = 0; i < PAIRS; i++) {
		ops[2 * i] = map_op((uint32_t)i % 4, i, 1 + i % 8);
		ops[2 * i + 1] = i < 9 ? (struct lab_op){ .kind = LAB_OP_RESET } : unmap_op(i - 9);
	}
	CHECK_EQ(run(ops, 2 * PAIRS, &r), 0);
	CHECK_EQ(fwrite(ops, sizeof(*ops), 2 * PAIRS, file), 2 * PAIRS);
	CHECK_EQ(fflush(file), 0);
	CHECK_EQ(lab_replay(&pool, &variant,
			    &(struct lab_replay_plan){ .ops_fd = fileno(file),
						       .nr_ops = 2 * PAIRS,
						       .at_fd = -1,
						       .placements_fd = fileno(places) },
			    &control, &from_file),
		 0);
	CHECK(!from_file.placements && !from_file.used);
	CHECK_EQ(from_file.accuracy.truth_high, r.accuracy.truth_high);
	CHECK_EQ(from_file.accuracy.hiwater, r.accuracy.hiwater);
	for (size_t i = 0; i < 2 * PAIRS; i++) {
		CHECK_EQ(fread(place, sizeof(place), 1, places), 1);
		CHECK(!memcmp(place, r.placements + i * LAB_PLACEMENT_WORDS, sizeof(place)));
	}
	lab_replay_result_free(&from_file);
	/* Shorter than it was said to be. */
	CHECK_EQ(lab_replay(&pool, &variant,
			    &(struct lab_replay_plan){ .ops_fd = fileno(file),
						       .nr_ops = 2 * PAIRS + 1,
						       .at_fd = -1,
						       .placements_fd = -1 },
			    &control, &from_file),
		 -EIO);
	lab_replay_result_free(&from_file);
	lab_replay_result_free(&r);
	fclose(file);
	fclose(places);
	free(ops);
}

static const struct lab_variant *variant_named(struct lab_variant *variant, const char *name)
{
	*variant = (struct lab_variant){ 0 };
	while (strcmp(lab_tracker_name(variant->tracker), name))
		variant->tracker++;
	return variant;
}

/* Two areas that are busy one after the other, at these times. */
static void check_times(const char *tracker, const double *at, uint64_t clock, uint64_t hiwater)
{
	const struct lab_op ops[] = { map_op(0, 1, 8), unmap_op(1), map_op(1, 2, 8), unmap_op(2) };
	struct lab_control control = { 0 };
	struct lab_variant variant;
	struct lab_replay_plan replay = {
		.ops = ops,
		.nr_ops = COUNT(ops),
		.at_ns = at,
		.at_fd = -1,
		.sample_period_ns = 1000000,
		.placements_fd = -1,
	};
	FILE *file = tmpfile();
	struct lab_replay_result r;

	CHECK(file);
	CHECK_EQ(fwrite(at, sizeof(*at), COUNT(ops), file), COUNT(ops));
	CHECK_EQ(fflush(file), 0);
	for (int in_file = 0; in_file < 2; in_file++) {
		if (in_file) {
			replay.at_ns = NULL;
			replay.at_fd = fileno(file);
		}
		CHECK_EQ(lab_replay(&pool, variant_named(&variant, tracker), &replay, &control, &r),
			 0);
		CHECK_EQ(r.clock_ns, clock);
		CHECK_EQ(r.accuracy.hiwater, hiwater);
		CHECK_EQ(r.accuracy.truth_high, 8);
		lab_replay_result_free(&r);
	}
	fclose(file);
}

static void test_times(void)
{
	const double apart[] = { 5e9, 6e9, 7e9, 8e9 }, near[] = { 5e9, 5e9, 5e9 + 1e5, 5e9 + 1e5 };
	const double back[] = { NAN, 7e9, 5e9, NAN }, far[] = { 0, 1, 1e30, 1e30 };

	check_times("windowed", apart, 3000000000, 8);
	check_times("windowed", near, 100000, 16);
	check_times("windowed", back, 0, 16);
	check_times("epochs", apart, 3000000000, 8);
	check_times("epochs", near, 100000, 16);
	check_times("epochs", back, 0, 16);
	/* What no clock can say is as late as it can. */
	check_times("epochs", far, 1ULL << 60, 8);
	/* Of a look in the midst of what is live. */
	check_times("sampled", (double[]){ 0, 2e6, 3e6, 3e6 }, 3000000, 8);
	check_times("sampled", (double[]){ 0, 5e5, 5e5, 7e5 }, 700000, 0);
}

static void check_bad(const struct lab_op *ops, size_t n)
{
	struct lab_replay_result r;

	CHECK_EQ(run(ops, n, &r), -EINVAL);
	CHECK_EQ(r.bad_op, n - 1);
	lab_replay_result_free(&r);
}

static void test_refused(void)
{
	struct lab_op ops[3] = { map_op(0, 1, 1) };

#define BAD(...)                                                                                   \
	do {                                                                                       \
		ops[1] = (struct lab_op)__VA_ARGS__;                                               \
		check_bad(ops, 2);                                                                 \
	} while (0)
	BAD({ .kind = 99 });
	BAD({ .kind = LAB_OP_UNMAP, .id = 2 });
	BAD({ .kind = LAB_OP_MAP, .id = 2 });		    /* no size */
	BAD({ .kind = LAB_OP_MAP, .id = 1, .size = SLOT }); /* live already */
	BAD({ .kind = LAB_OP_SET_INDEX, .cpu = 4 });
	BAD({ .kind = LAB_OP_SET_INDEX, .size = 128 });
	BAD({ .kind = LAB_OP_PLACE, .id = 2, .size = SLOT });		     /* no slot */
	BAD({ .kind = LAB_OP_PLACE, .id = 2, .size = SLOT, .expect = 1 });   /* taken */
	BAD({ .kind = LAB_OP_PLACE, .id = 2, .size = SLOT, .expect = 513 }); /* behind the pool */
	BAD({ .kind = LAB_OP_PLACE, .id = 2, .size = 2 * SLOT, .expect = 128 }); /* two segments */
	BAD({ .kind = LAB_OP_PLACE, .id = 1, .size = SLOT, .expect = 10 });	 /* live already */
	BAD({ .kind = LAB_OP_PLACE, .id = 2, .expect = 10 });			 /* no size */
	BAD({ .kind = LAB_OP_SYNC, .id = 2, .size = 1, .dir = LAB_DIR_TO_DEVICE }); /* not live */
	BAD({ .kind = LAB_OP_SYNC, .id = 1, .size = 1 });			    /* for whom? */
	BAD({ .kind = LAB_OP_SYNC, .id = 1, .dir = LAB_DIR_TO_DEVICE });	    /* no size */
	BAD({ .kind = LAB_OP_SYNC,
	      .id = 1,
	      .orig = SLOT,
	      .size = 1UL << 40,
	      .dir = LAB_DIR_FROM_DEVICE }); /* more than is mapped */
	/* More than 32 bits: 2^43 bytes would be counted as no slot at all. */
	BAD({ .kind = LAB_OP_MAP, .id = 2, .size = 1UL << 32 });
	BAD({ .kind = LAB_OP_MAP, .id = 2, .size = 1UL << 43 });
	BAD({ .kind = LAB_OP_PLACE, .id = 2, .size = 1UL << 43, .expect = 10 });
	BAD({ .kind = LAB_OP_ALLOC, .id = 2, .size = 1UL << 43 });
	ops[1] = unmap_op(1);
	ops[2] = unmap_op(1);
	check_bad(ops, 3);
}

/* What each operation touches is told, and the same each time; without copies there are no data. */
static void test_data(void)
{
	static const struct lab_op ops[] = {
		{ .kind = LAB_OP_MAP,
		  .id = 1,
		  .orig = 0x1234,
		  .size = 5000,
		  .min_align_mask = 0xfff,
		  .dir = LAB_DIR_BIDIRECTIONAL },
		{ .kind = LAB_OP_SYNC, .id = 1, .orig = 3, .size = 4000, .dir = LAB_DIR_TO_DEVICE },
		{ .kind = LAB_OP_SYNC,
		  .id = 1,
		  .orig = 4999,
		  .size = 1,
		  .dir = LAB_DIR_FROM_DEVICE },
		{ .kind = LAB_OP_RESET },
		{ .kind = LAB_OP_UNMAP, .id = 1 },
	};
	const struct lab_variant variant = { .tracker = 1 };
	struct lab_control control = { 0 };
	struct lab_replay_plan replay = {
		.ops = ops,
		.nr_ops = COUNT(ops),
		.at_fd = -1,
		.placements_fd = -1,
		.trail = true,
		.hash_every = 2,
		.copies = true,
	};
	struct lab_replay_result r, again;

	CHECK_EQ(lab_replay(&pool, &variant, &replay, &control, &r), 0);
	CHECK_EQ(lab_replay(&pool, &variant, &replay, &control, &again), 0);
	for (size_t i = 0; i < COUNT(ops); i++) {
		CHECK_EQ(r.data[i] != 0, ops[i].kind != LAB_OP_RESET);
		CHECK_EQ(r.data[i], again.data[i]);
	}
	CHECK_EQ(r.nr_hashes, 6);
	CHECK(r.memory[0] != r.memory[2]);
	CHECK_EQ(r.memory[2], again.memory[2]);
	lab_replay_result_free(&again);
	lab_replay_result_free(&r);
	replay.copies = false;
	CHECK_EQ(lab_replay(&pool, &variant, &replay, &control, &r), 0);
	CHECK(!r.data && !r.memory);
	lab_replay_result_free(&r);
}

static void test_cancel(void)
{
	const struct lab_op op = map_op(0, 1, 1);
	const struct lab_variant variant = { .tracker = 1 };
	struct lab_control control = { .stop = 1 };
	const struct lab_replay_plan replay = {
		.ops = &op, .nr_ops = 1, .at_fd = -1, .placements_fd = -1
	};
	struct lab_replay_result r;

	CHECK_EQ(lab_replay(&pool, &variant, &replay, &control, &r), 0);
	CHECK(r.accuracy.cancelled);
	CHECK_EQ(r.accuracy.maps, 0);
	CHECK(!r.used && !r.hiwater && !r.full);
	lab_replay_result_free(&r);
}

static void test_empty(void)
{
	struct lab_replay_result r;

	CHECK_EQ(run(NULL, 0, &r), 0);
	CHECK_EQ(r.accuracy.maps, 0);
	CHECK_EQ(r.accuracy.hiwater, 0);
	CHECK_SOUND(r.accuracy.broken);
	lab_replay_result_free(&r);
}

int main(void)
{
	test_sequence();
	test_place();
	test_expect();
	test_expect_after_failure();
	test_no_trace();
	test_failed();
	test_file();
	test_times();
	test_refused();
	test_data();
	test_cancel();
	test_empty();
	return 0;
}
