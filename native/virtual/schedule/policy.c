// SPDX-License-Identifier: GPL-2.0-only
/* Who makes the next access: at random, by priorities, or as recorded; policy_held.c has the rest. */
#include "virtual/schedule/policy.h"

u32 schedule_choose_any(struct random *random, u32 mask)
{
	u64 skip = random_below(random, (u64)__builtin_popcount(mask));

	while (skip--)
		mask &= mask - 1;
	return (u32)__builtin_ctz(mask);
}

static u32 choose_priority(struct schedule_policy *p, u32 mask, const struct schedule_moment *now)
{
	u32 best = (u32)__builtin_ctz(mask);

	for (unsigned int i = 0; i < p->nr_changes; i++)
		if (p->change[i] == now->accesses)
			p->priority[now->running] = --p->lowest;
	for (u32 i = best; i < SCHEDULE_MAX_CPUS; i++)
		if (mask >> i & 1 && p->priority[i] > p->priority[best])
			best = i;
	return best;
}

static u32 choose_recorded(struct schedule_policy *p, u32 mask, u32 running)
{
	while (p->at < p->nr_choices) {
		u32 cpu = p->choices[p->at++];

		if (cpu < SCHEDULE_MAX_CPUS && mask >> cpu & 1)
			return cpu;
	}
	return mask >> running & 1 ? running : (u32)__builtin_ctz(mask);
}

u32 schedule_policy_choose(struct schedule_policy *p, u32 mask, const struct schedule_moment *now)
{
	switch (p->kind) {
	case SCHEDULE_UNIFORM:
		return schedule_choose_any(&p->random, mask);
	case SCHEDULE_PRIORITY:
		return choose_priority(p, mask, now);
	case SCHEDULE_HELD:
		return schedule_hold_choose(&p->hold, &p->random, mask, now);
	case SCHEDULE_RECORDED:
	default:
		return choose_recorded(p, mask, now->running);
	}
}

bool schedule_seed_is_held(u64 seed)
{
	struct random r = random_stream(seed, 8);

	return !random_below(&r, SCHEDULE_HELD_EVERY);
}

struct schedule_policy schedule_policy_drawn(enum schedule_kind kind, u64 seed, u64 accesses)
{
	struct schedule_policy p = { .kind = kind, .random = random_stream(seed, 1) };

	for (int i = 0; i < SCHEDULE_MAX_CPUS; i++)
		p.priority[i] = (int)(random_next(&p.random) >> 34);
	p.nr_changes = (unsigned int)random_below(&p.random, SCHEDULE_MAX_CHANGES + 1);
	for (unsigned int i = 0; i < p.nr_changes; i++)
		p.change[i] = random_below(&p.random, accesses + 1);
	p.hold = schedule_hold_begin();
	return p;
}

struct schedule_policy schedule_policy_recorded(const u8 *choices, size_t nr_choices)
{
	return (struct schedule_policy){
		.kind = SCHEDULE_RECORDED,
		.choices = choices,
		.nr_choices = nr_choices,
	};
}
