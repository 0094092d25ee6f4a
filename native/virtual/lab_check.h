/* SPDX-License-Identifier: GPL-2.0-only */
/* The search of schedules for one that breaks a promise. */
#ifndef VIRTUAL_LAB_CHECK_H
#define VIRTUAL_LAB_CHECK_H

#include "engine/lab_replay.h"
#include "swiotlb/word_kinds.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a schedule can show, a bit each. The truth is as in a run. */
enum lab_finding {
	/* Below the lowest peak that any order allows, by more than is promised. */
	LAB_FIND_UNDER = 1 << 0,
	/* Above the highest such peak, by more than is promised. */
	LAB_FIND_OVER = 1 << 1,
	/* At rest, used is not the number of slots in use. */
	LAB_FIND_USED = 1 << 2,
	/* An invariant of the allocator does not hold at rest. */
	LAB_FIND_BROKEN = 1 << 3,
	/* Everybody waits. */
	LAB_FIND_DEADLOCK = 1 << 4,
	/* It goes on for ever. */
	LAB_FIND_ENDLESS = 1 << 5,
	/* Who read used and then the mark saw used above it, and is promised not to. */
	LAB_FIND_READ = 1 << 6,
	/* More was said to have been in use for certain than any order allows. */
	LAB_FIND_LOWER = 1 << 7,
	/* Below the truth, or above it, or above the pool, whatever is promised. */
	LAB_FIND_BELOW_TRUTH = 1 << 8,
	LAB_FIND_ABOVE_TRUTH = 1 << 9,
	LAB_FIND_ABOVE_POOL = 1 << 10,
	/* The mark fell though nobody reset it, nor turned it on. */
	LAB_FIND_FELL = 1 << 11,
	/* It does not say what is promised, but that was said to end with a reset. */
	LAB_FIND_RESET = 1 << 12,
	/* The mark or used does not, but that was said to end with a transient pool. */
	LAB_FIND_TRANSIENT = 1 << 13,
	/* Used was read above the mark, in either order, whatever is promised. */
	LAB_FIND_READ_ABOVE = 1 << 14,
};

/* What no tracker may show. */
#define LAB_FIND_PROMISE                                                                           \
	(LAB_FIND_UNDER | LAB_FIND_OVER | LAB_FIND_USED | LAB_FIND_BROKEN | LAB_FIND_DEADLOCK |    \
	 LAB_FIND_ENDLESS | LAB_FIND_READ | LAB_FIND_LOWER)

/**
 * enum lab_policy - who makes the next access
 * @LAB_POLICY_UNIFORM: each CPU that can, equally likely
 * @LAB_POLICY_PRIORITY: the CPU of the highest priority that can; priorities are
 *	drawn, and at a few drawn moments the CPU that runs gets the lowest. Finds
 *	what takes few preemptions at the right places.
 * @LAB_POLICY_BOTH: one and the other in turn
 *
 * Whichever it is, one seed in four has whole operations, one after another, of which now
 * and then one is held in its midst until a few others have ended.
 */
enum lab_policy { LAB_POLICY_UNIFORM, LAB_POLICY_PRIORITY, LAB_POLICY_BOTH };

/**
 * enum lab_beside - what may happen beside maps and unmaps, a bit each
 * @LAB_BESIDE_SWITCH: the tracker is turned on and off in the midst of them; it is
 *	on from the start to the end otherwise
 * @LAB_BESIDE_RESET: the mark is reset
 * @LAB_BESIDE_GROWTH: the pool is small, and grows
 * @LAB_BESIDE_TOLERANCE: the tracker's tolerance is changed
 * @LAB_BESIDE_READER: used and the mark are read, one after the other, and what was in
 *	use for certain, where the tracker has a verb for it
 * @LAB_BESIDE_LOAD: the CPUs have run a load before, one operation after another
 */
enum lab_beside {
	LAB_BESIDE_SWITCH = 1 << 0,
	LAB_BESIDE_RESET = 1 << 1,
	LAB_BESIDE_GROWTH = 1 << 2,
	LAB_BESIDE_TOLERANCE = 1 << 3,
	LAB_BESIDE_READER = 1 << 4,
	LAB_BESIDE_LOAD = 1 << 5,
};

#define LAB_CHECK_MAX_CPUS 8
#define LAB_CHECK_MAX_TOLERANCES 3

/**
 * struct lab_check - what to search
 * @seed: the first seed
 * @seeds: how many, one schedule of one small scenario each
 * @wanted: enum lab_finding; the search ends at the first of these
 * @beside: enum lab_beside; each seed draws some of these
 * @layouts: a bit for each swiotlb_layout_index(); each seed draws one of these
 */
struct lab_check {
	uint64_t seed;
	uint64_t seeds;
	enum lab_policy policy;
	uint32_t wanted;
	uint32_t beside;
	uint32_t layouts;
};

/**
 * struct lab_scenario - what the CPUs of a schedule do
 * @layout: swiotlb_layout_index()
 * @cpus: CPUs that map and unmap. Behind them come, in this order, one that turns
 *	a switchable tracker on and off, the sampler, the worker that makes pools
 *	grow, one that resets the mark, one that changes the tolerance, and one that
 *	reads.
 * @late_switch: the tracker is off at first
 * @switches: how often it is turned, on and off by turns
 * @looks: how often the sampler looks
 * @reads: how often used is read and then the mark, one pair behind the other
 * @clock: what time is drawn from; see schedule_runner.h
 * @stretch_ns: see struct tracker_params, where the search was given none; 0 for the
 *	default
 * @watched: the mark is looked at behind each operation, as no CPU could. A tracker
 *	that works when it is looked at is searched as it is otherwise by the schedules
 *	that have not this.
 * @tolerances: what the tolerance is set to, @nr_tolerances of them; slots
 * @ops: maps and unmaps; each CPU's in this order, and an unmap when its map is
 *	done. Of a failed map the unmap does nothing. LAB_OP_RESET and
 *	LAB_OP_SETTLE are for the CPUs behind @cpus.
 * @load: how many of @ops come before the schedule: one after another, in this
 *	order, nothing beside them
 */
struct lab_scenario {
	struct lab_pool pool;
	uint32_t layout;
	uint32_t cpus;
	bool late_switch;
	uint32_t switches;
	uint32_t looks;
	uint32_t reads;
	uint32_t clock;
	uint32_t stretch_ns;
	bool watched;
	uint64_t tolerances[LAB_CHECK_MAX_TOLERANCES];
	uint32_t nr_tolerances;
	struct lab_op *ops;
	size_t nr_ops;
	size_t load;
};

#define LAB_CHECK_MAX_RACES 32

/**
 * enum lab_step_kind - what a CPU did at a step of a schedule
 * @LAB_STEP_READ: read a word that is told of
 * @LAB_STEP_WRITE: wrote it
 * @LAB_STEP_ATOMIC: a locked instruction
 * @LAB_STEP_EXCHANGE: a compare-exchange, that may have failed
 * @LAB_STEP_LOCK: took a lock
 * @LAB_STEP_REFUSED: tried to, and somebody held it
 * @LAB_STEP_UNLOCK: gave it back
 * @LAB_STEP_STUCK: waits for the word, and never goes on; @before is the CPU that holds
 *	it, for a lock that somebody holds, else -1
 * @LAB_STEP_MAP: a map of so many slots begins; those that follow are begins, too
 * @LAB_STEP_UNMAP: an unmap, likewise
 * @LAB_STEP_RESET: the mark is reset
 * @LAB_STEP_GROW: the growth work runs
 * @LAB_STEP_TURN_ON: the tracker is turned on
 * @LAB_STEP_TURN_OFF: and off
 * @LAB_STEP_LOOK: the sampler looks
 * @LAB_STEP_TOLERANCE: the tolerance is set to so many slots
 * @LAB_STEP_USED: used is read
 * @LAB_STEP_HIWATER: the mark is read
 * @LAB_STEP_LOWER: what was in use for certain is asked for
 * @LAB_STEP_END: what began on this CPU ended; @before is what a reading gave, and of a map
 *	whether it got its slots
 */
enum lab_step_kind {
	LAB_STEP_READ,
	LAB_STEP_WRITE,
	LAB_STEP_ATOMIC,
	LAB_STEP_EXCHANGE,
	LAB_STEP_LOCK,
	LAB_STEP_REFUSED,
	LAB_STEP_UNLOCK,
	LAB_STEP_STUCK,
	LAB_STEP_MAP,
	LAB_STEP_UNMAP,
	LAB_STEP_RESET,
	LAB_STEP_GROW,
	LAB_STEP_TURN_ON,
	LAB_STEP_TURN_OFF,
	LAB_STEP_LOOK,
	LAB_STEP_TOLERANCE,
	LAB_STEP_USED,
	LAB_STEP_HIWATER,
	LAB_STEP_LOWER,
	LAB_STEP_END,
};

/**
 * struct lab_step - what a CPU did at a step of a schedule, in its order
 * @word: of an access; the words of the tracker, and what is used of the areas
 * @bytes: that it touched at once; 0 for a lock
 * @before: what was there: with its sign if it has eight bytes, else without, as it may
 *	have none; of a begin its slots
 * @after: what was there behind a write; equal to @before else
 * @from: as in struct lab_race_side
 */
struct lab_step {
	enum lab_step_kind kind;
	uint32_t cpu;
	struct swiotlb_word word;
	uint32_t bytes;
	int64_t before;
	int64_t after;
	uint64_t from;
};

/* So many are kept of a schedule: more than a shrunk one has, unless it is endless. */
#define LAB_CHECK_MAX_STEPS 4096

/**
 * struct lab_race_side - one of two accesses that nothing keeps apart
 * @from: where a watched tracker makes it, counted from the beginning of its object;
 *	0 for the allocator's
 * @size: bytes that it touches at once
 * @plain: no kernel word and no atomic builtin makes it
 */
struct lab_race_side {
	uint64_t from;
	uint32_t size;
	bool write;
	bool plain;
};

/* The first side is plain, and at least one of them writes. */
struct lab_race {
	struct lab_race_side sides[2];
};

/**
 * struct lab_check_totals - what a search did
 * @schedules: schedules that were run, those of the shrinking left out
 * @accesses: accesses that they were made of
 * @until: enum tracker_until: what the tracker says that its promise ends with
 * @past_reset: schedules in which it had ended with a reset
 * @past_transient: those in which it had ended with a transient pool
 * @races: data races with plain accesses that were met, the first @nr_races
 * @loaded: those that began behind a load
 * @longest: operations of the longest, its load left out
 * @most_slots, @most_areas, @most_cpus: of the largest pool, of the one with the most
 *	areas, and of the schedule with the most CPUs that map
 * @most_used: the most that was in use at once
 */
struct lab_check_totals {
	uint64_t schedules;
	uint64_t accesses;
	uint32_t until;
	uint64_t past_reset;
	uint64_t past_transient;
	struct lab_race races[LAB_CHECK_MAX_RACES];
	uint32_t nr_races;
	uint64_t loaded;
	uint64_t longest;
	uint64_t most_slots;
	uint32_t most_areas;
	uint32_t most_cpus;
	uint64_t most_used;
};

/**
 * struct lab_differ - two runs of one schedule that were not alike
 * @differ: whether there were any; the search ended with them
 * @accesses, @used, @hiwater, @lower, @findings: of the first run, and of the second
 */
struct lab_differ {
	bool differ;
	uint64_t accesses[2];
	uint64_t used[2];
	uint64_t hiwater[2];
	uint64_t lower[2];
	uint32_t findings[2];
};

/**
 * struct lab_check_result - what was found
 * @totals: of the search
 * @finding: the first of the wanted that was met; 0 if none was
 * @seed: the seed that met it, or that @differ is about
 * @differ: what hangs on more than the schedule; then there is no finding
 * @scenario: the seed's scenario, shrunk; its operations in the order in which
 *	they began
 * @choices, @nr_choices: the schedule, shrunk as well: before each access that
 *	others may race with, which CPU goes on
 * @truth, @low, @high, @used, @hiwater, @bound_under, @bound_over: in that
 *	schedule, slots
 * @lower: what was said to have been in use for certain: the first time that it was
 *	wrong, else at the end; UINT64_MAX where nothing was
 * @lower_high: the most that any order allows until then
 * @live: what @used should be: slots that are mapped at its end
 * @read_used, @read_hiwater: what was read where used was above the mark, that of
 *	LAB_FIND_READ if there is one; 0 where it never was
 * @broken: the invariant of LAB_FIND_BROKEN
 * @steps, @nr_steps: of a replay: what was done, the first LAB_CHECK_MAX_STEPS
 * @steps_cut: there were more
 */
struct lab_check_result {
	struct lab_check_totals totals;
	uint32_t finding;
	uint64_t seed;
	struct lab_differ differ;
	struct lab_scenario scenario;
	uint8_t *choices;
	size_t nr_choices;
	uint64_t truth;
	uint64_t low;
	uint64_t high;
	uint64_t used;
	uint64_t live;
	uint64_t hiwater;
	uint64_t lower;
	uint64_t lower_high;
	uint64_t bound_under;
	uint64_t bound_over;
	uint64_t read_used;
	uint64_t read_hiwater;
	const char *broken;
	struct lab_step *steps;
	size_t nr_steps;
	bool steps_cut;
	bool cancelled;
};

/**
 * struct lab_traits - what is to be known of a tracker before it is searched
 * @beside: enum lab_beside: what can happen beside its maps and unmaps
 * @until: enum tracker_until: what it says that its promise ends with
 * @reads: it promises that who reads used and then the mark never sees used above it
 * @bound_under, @bound_over: slots that the mark may be off by in a small pool, turned
 *	on; UINT64_MAX for any
 */
struct lab_traits {
	uint32_t beside;
	uint32_t until;
	bool reads;
	uint64_t bound_under;
	uint64_t bound_over;
};

/* Return: 0, -EINVAL or -ENOMEM. */
int lab_check_traits(const struct lab_variant *variant, struct lab_traits *traits);

/**
 * lab_run_check() - search schedules for one that shows what is wanted
 *
 * On the calling thread; @variant->layout means nothing. Return: 0, -EINVAL or
 * -ENOMEM.
 */
int lab_run_check(const struct lab_variant *variant, const struct lab_check *check,
		  struct lab_control *control, struct lab_check_result *result);

/**
 * lab_check_replay() - a found schedule once more
 * @variant: of the search; the scenario has the layout
 * @found: scenario and choices
 * @result: set but for scenario and choices; free it with lab_check_result_free()
 *
 * Where the choices name a CPU that cannot go on they are skipped; behind their
 * end each CPU runs as far as it can.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int lab_check_replay(const struct lab_variant *variant, const struct lab_check_result *found,
		     struct lab_check_result *result);
void lab_check_result_free(struct lab_check_result *result);

#ifdef __cplusplus
}
#endif

#endif /* VIRTUAL_LAB_CHECK_H */
