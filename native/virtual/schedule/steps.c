// SPDX-License-Identifier: GPL-2.0-only
/* What is done in a schedule, step by step, for whoever wants to know. */
#include "virtual/schedule/schedule_runner.h"

/* Nothing that the engine does is told of. */
static struct swiotlb_word word_at(struct schedule_runner *r, const volatile void *ptr)
{
	const struct instrument_engine *engine = instrument_engine;
	struct swiotlb_word word;

	instrument_engine = NULL;
	r->ops->word(r->mem, ptr, &word);
	instrument_engine = engine;
	return word;
}

/* With its sign where it has the size of a count. */
static s64 value_at(const volatile void *ptr, u32 bytes)
{
	switch (bytes) {
	case 1:
		return *(const volatile u8 *)ptr;
	case 2:
		return *(const volatile u16 *)ptr;
	case 4:
		return *(const volatile u32 *)ptr;
	case 8:
		return *(const volatile s64 *)ptr;
	default:
		return 0;
	}
}

/* The latest write was made since. Its area may have gone with its pool. */
static void settle(struct schedule_runner *r)
{
	struct lab_step *step = &r->steps[r->nr_steps - 1];

	if (word_at(r, r->unsettled).kind != SWIOTLB_WORD_OTHER)
		step->after = value_at(r->unsettled, step->bytes);
	r->unsettled = NULL;
}

/* Room for one more; NULL where nobody wants it, or there are too many. */
static struct lab_step *next_step(struct schedule_runner *r, enum lab_step_kind kind, u32 cpu)
{
	struct lab_step *step;

	if (r->unsettled)
		settle(r);
	if (r->nr_steps == LAB_CHECK_MAX_STEPS) {
		r->steps_cut = true;
		return NULL;
	}
	step = &r->steps[r->nr_steps++];
	*step = (struct lab_step){ .kind = kind, .cpu = cpu };
	return step;
}

static void tell(struct schedule_runner *r, enum lab_step_kind kind, u64 value)
{
	struct lab_step *step = r->telling ? next_step(r, kind, r->running) : NULL;

	if (step)
		step->before = step->after = (s64)value;
}

void schedule_begins(struct schedule_runner *r, enum lab_step_kind kind, u64 slots)
{
	tell(r, kind, slots);
}

void schedule_ends(struct schedule_runner *r, u64 got)
{
	r->moment.ended++;
	tell(r, LAB_STEP_END, got);
}

static enum lab_step_kind kind_of(enum access_kind kind)
{
	switch (kind) {
	case ACCESS_READ:
	case ACCESS_READ_ONCE:
		return LAB_STEP_READ;
	case ACCESS_WRITE:
	case ACCESS_WRITE_ONCE:
		return LAB_STEP_WRITE;
	case ACCESS_ATOMIC:
		return LAB_STEP_ATOMIC;
	case ACCESS_EXCHANGE:
	default:
		return LAB_STEP_EXCHANGE;
	}
}

void schedule_tell_access(struct schedule_runner *r, const struct schedule_access *access)
{
	struct swiotlb_word word;
	struct lab_step *step;

	if (!r->telling)
		return;
	if (r->unsettled)
		settle(r);
	word = word_at(r, access->ptr);
	/* What is the allocator's own concerns no tracker. */
	if (word.kind == SWIOTLB_WORD_OTHER)
		return;
	step = next_step(r, kind_of(access->kind), r->running);
	if (!step)
		return;
	step->word = word;
	step->bytes = (u32)access->size;
	step->from = access->from;
	step->before = step->after = value_at(access->ptr, step->bytes);
	if (step->kind != LAB_STEP_READ)
		r->unsettled = access->ptr;
}

static void tell_lock(struct schedule_runner *r, enum lab_step_kind kind, u32 cpu,
		      const pthread_spinlock_t *lock, uintptr_t from)
{
	struct lab_step *step = next_step(r, kind, cpu);

	if (!step)
		return;
	step->word = word_at(r, lock);
	step->from = from;
	step->before = step->after = (s64)schedule_lock_holder(r, lock) - 1;
}

void schedule_tell_lock(struct schedule_runner *r, enum lab_step_kind kind,
			const pthread_spinlock_t *lock, uintptr_t from)
{
	if (r->telling)
		tell_lock(r, kind, r->running, lock, from);
}

void schedule_tell_end(struct schedule_runner *r)
{
	if (!r->telling)
		return;
	if (r->unsettled)
		settle(r);
	for (u32 i = 0; i < r->nr; i++) {
		const struct schedule_cpu *cpu = &r->cpus[i];
		struct lab_step *step;

		if (cpu->done)
			continue;
		if (cpu->wants) {
			tell_lock(r, LAB_STEP_STUCK, i, cpu->wants, cpu->wants_from);
		} else if (cpu->awaits.ptr) {
			step = next_step(r, LAB_STEP_STUCK, i);
			if (!step)
				break;
			step->word = word_at(r, cpu->awaits.ptr);
			step->before = step->after = -1;
		}
	}
	r->telling = false;
}
