// SPDX-License-Identifier: GPL-2.0-only
/* The virtual machine by itself: order in time, lines, locks, deadlock. */
#include "virtual/machine/machine.h"
#include "fixture.h"

#define CPUS 4
#define LOCK_A 0
#define LOCK_B 16

static struct fixture fixture;
static struct lab_virtual setup;
static uintptr_t words; /* memory of the areas, used for nothing else here */
static char order[64];
static unsigned int nr_order;
static unsigned int sockets = 2;
static unsigned int complex_cores; /* of each complex, 0 for no complexes */

static void note(const struct vcpu *cpu)
{
	CHECK(nr_order < sizeof(order) - 1);
	order[nr_order++] = (char)('0' + cpu->id);
	order[nr_order] = 0;
}

static pthread_spinlock_t *lock_at(unsigned int offset)
{
	return (pthread_spinlock_t *)(words + offset);
}

static void access_at(unsigned int offset, enum access_kind kind)
{
	instrument_access((void *)(words + offset), 8, kind);
}

/* An access that @cpu keeps the time of. */
static void timed_access(struct vcpu *cpu, unsigned int offset, size_t size, enum access_kind kind)
{
	const u64 begun = cpu->now;

	instrument_access((void *)(words + offset), size, kind);
	cpu->change = (long)(cpu->now - begun);
}

/* Runs @program on @n CPUs, CPU i beginning at @begin[i] nanoseconds. */
static void run(struct machine *m, unsigned int n, const unsigned int *begin,
		void (*program)(struct machine *m, struct vcpu *cpu))
{
	nr_order = 0;
	setup.topology =
		(struct lab_topology){ sockets, n / sockets ? n / sockets : 1, 1, complex_cores };
	CHECK_EQ(machine_init(m, n, fixture.mem, false, &setup), 0);
	for (unsigned int i = 0; i < n; i++) {
		machine_place(m, i, &setup.topology);
		m->cpus[i].now = begin[i] * 1000UL;
		m->cpus[i].program = program;
	}
	while (machine_run(m))
		;
}

static void in_turns(struct machine *m, struct vcpu *cpu)
{
	for (int i = 0; i < 3; i++) {
		machine_sync(m, cpu);
		note(cpu);
		vcpu_spend(cpu, LAB_SPENT_OTHER, 10000);
	}
}

static void the_earliest_goes_first(void)
{
	struct machine m;

	run(&m, 4, (const unsigned int[]){ 7, 3, 3, 100 }, in_turns);
	CHECK_EQ(strcmp(order, "120120120333"), 0);
	CHECK(!m.deadlocked);
	machine_free(&m);
}

static void one_atomic(struct machine *m, struct vcpu *cpu)
{
	access_at(0, ACCESS_ATOMIC);
	note(cpu);
}

/* Each CPU's clock, ps. */
static void check_clocks(const struct machine *m, unsigned int cpus, const u64 *now)
{
	for (unsigned int i = 0; i < cpus; i++)
		CHECK_EQ(m->cpus[i].now, now[i]);
}

/* Moves of lines of areas, within a socket and between sockets. */
static void check_moves(const struct machine *m, u64 core, u64 socket)
{
	CHECK_EQ(m->lines.stats[LAB_LINE_AREA].from_core, core);
	CHECK_EQ(m->lines.stats[LAB_LINE_AREA].from_socket, socket);
}

/* All want one line: they get it one after the other, in the order they asked. */
static void a_hot_line_is_a_queue(void)
{
	struct machine m;

	run(&m, 4, (const unsigned int[]){ 3, 2, 1, 0 }, one_atomic);
	/* From nobody, then within socket 1, then to socket 0, then within it. */
	check_clocks(&m, 4, (const u64[]){ 730000, 630000, 130000, 30000 });
	check_moves(&m, 2, 1);
	machine_free(&m);
}

static void share_then_write(struct machine *m, struct vcpu *cpu)
{
	access_at(0, ACCESS_READ_ONCE);
	if (cpu->id)
		return;
	vcpu_spend(cpu, LAB_SPENT_OTHER, 10000000);
	machine_sync(m, cpu);
	timed_access(cpu, 0, 8, ACCESS_WRITE_ONCE);
	access_at(0, ACCESS_WRITE_ONCE);
}

/* A write to a line that another socket shares invalidates it there, once. */
static void a_shared_line_is_invalidated(void)
{
	struct machine m;

	run(&m, 4, (const unsigned int[]){ 0, 0, 0, 0 }, share_then_write);
	CHECK_EQ(m.cpus[0].change, 500000);
	CHECK_EQ(m.lines.stats[LAB_LINE_AREA].accesses, 6);
	machine_free(&m);
}

static void walk_twice(struct machine *m, struct vcpu *cpu)
{
	instrument_access((void *)words, 4 * 64, ACCESS_WRITE);
	timed_access(cpu, 0, 4 * 64, ACCESS_WRITE);
}

/* The first of four own lines costs what an own line does, each further one a walk. */
static void a_walk_takes_its_lines_in_turn(void)
{
	struct machine m;

	setup.costs.walk = 3;
	run(&m, 1, (const unsigned int[]){ 0 }, walk_twice);
	CHECK_EQ(m.cpus[0].change, 1000 + 3 * 3000);
	CHECK_EQ(m.lines.stats[LAB_LINE_AREA].accesses, 8);
	machine_free(&m);
	setup.costs.walk = 1;
}

static void read_beside_a_hot_line(struct machine *m, struct vcpu *cpu)
{
	access_at(64, ACCESS_READ_ONCE);
	if (cpu->id) {
		vcpu_spend(cpu, LAB_SPENT_OTHER, 1000000);
		access_at(0, ACCESS_ATOMIC);
		return;
	}
	access_at(0, ACCESS_ATOMIC);
	vcpu_spend(cpu, LAB_SPENT_OTHER, 2000000);
	machine_sync(m, cpu);
	timed_access(cpu, 64, 8, ACCESS_READ_ONCE);
}

/* Who takes a line takes its neighbour along, though nobody ever wrote to that. */
static void lines_move_in_pairs(void)
{
	struct machine m;

	run(&m, 2, (const unsigned int[]){ 0, 0 }, read_beside_a_hot_line);
	/* From the other socket: there is one CPU in each. */
	CHECK_EQ(m.cpus[0].change, 500000);
	machine_free(&m);
}

/* Where lines come one by one, nobody loses the neighbour of a line that others add to. */
static void lone_lines_have_no_neighbour(void)
{
	struct machine m;

	setup.costs.lone_lines = true;
	run(&m, 2, (const unsigned int[]){ 0, 0 }, read_beside_a_hot_line);
	CHECK_EQ(m.cpus[0].change, 1000);
	machine_free(&m);
	setup.costs.lone_lines = false;
}

/* One socket of two complexes and a half: CPUs 0 and 1, 2 and 3, and 4. */
static void with_complexes(void)
{
	sockets = 1;
	complex_cores = 2;
	setup.costs.complex = 200;
}

static void without_complexes(void)
{
	sockets = 2;
	complex_cores = 0;
	setup.costs.complex = 0;
}

/* From nobody, then within a complex, then to another, and to the one with a single core. */
static void a_complex_is_nearer_than_its_socket(void)
{
	struct machine m;

	with_complexes();
	run(&m, 5, (const unsigned int[]){ 0, 1, 2, 3, 4 }, one_atomic);
	check_clocks(&m, 5, (const u64[]){ 30000, 130000, 330000, 430000, 630000 });
	check_moves(&m, 4, 0);
	machine_free(&m);
	without_complexes();
}

/* CPU 0 has it; CPU 2 fetches it from there, CPU 3 from its neighbour; 2 then writes. */
static void read_in_turn(struct machine *m, struct vcpu *cpu)
{
	if (!cpu->id) {
		access_at(0, ACCESS_ATOMIC);
		return;
	}
	cpu->wait_begun = cpu->now;
	access_at(0, ACCESS_READ_ONCE);
	cpu->change = (long)(cpu->now - cpu->wait_begun);
	cpu->wait_begun = NEVER;
	if (cpu->id != 2)
		return;
	vcpu_spend(cpu, LAB_SPENT_OTHER, 10000000);
	machine_sync(m, cpu);
	cpu->wait_begun = cpu->now;
	access_at(0, ACCESS_WRITE_ONCE);
	cpu->spent[LAB_SPENT_THINK] = cpu->now - cpu->wait_begun;
	cpu->wait_begun = NEVER;
}

static void copies_come_from_the_nearest_and_go_to_the_furthest(void)
{
	struct machine m;

	with_complexes();
	run(&m, 4, (const unsigned int[]){ 0, 3000, 1000, 2000 }, read_in_turn);
	CHECK_EQ(m.cpus[2].change, 200000);
	CHECK_EQ(m.cpus[3].change, 30000);
	CHECK_EQ(m.cpus[1].change, 30000);
	CHECK_EQ(m.cpus[2].spent[LAB_SPENT_THINK], 200000);
	machine_free(&m);
	without_complexes();
}

static void add_and_look(struct machine *m, struct vcpu *cpu)
{
	access_at(0, ACCESS_ATOMIC);
	timed_access(cpu, 8, 8, ACCESS_READ_ONCE);
}

/* However many queue for a line: what comes right behind an addition finds it. */
static void a_look_right_behind_finds_the_line(void)
{
	struct machine m;

	setup.costs.hold = 0.01;
	run(&m, 4, (const unsigned int[]){ 3, 2, 1, 0 }, add_and_look);
	for (unsigned int i = 0; i < 4; i++)
		CHECK_EQ(m.cpus[i].change, 1000);
	machine_free(&m);
	setup.costs.hold = 0;
}

static void lose_two_lines(struct machine *m, struct vcpu *cpu)
{
	if (cpu->id == 1)
		access_at(0, ACCESS_ATOMIC);
	if (cpu->id == 2)
		access_at(128, ACCESS_ATOMIC);
	if (cpu->id)
		return;
	access_at(128, ACCESS_ATOMIC);
	access_at(0, ACCESS_ATOMIC);
	cpu->wait_begun = cpu->now;
	access_at(8, ACCESS_READ_ONCE);
	cpu->change = (long)(cpu->now - cpu->wait_begun);
	cpu->wait_begun = NEVER;
}

/* Nor does the loss of another line make it forget the first one. */
static void a_line_is_kept_in_mind_beside_another(void)
{
	struct machine m;

	setup.costs.hold = 0.01;
	run(&m, 4, (const unsigned int[]){ 0, 35, 40, 0 }, lose_two_lines);
	CHECK_EQ(m.cpus[0].change, 1000);
	machine_free(&m);
	setup.costs.hold = 0;
}

static void locked_work(struct machine *m, struct vcpu *cpu)
{
	instrument_spin_lock(lock_at(LOCK_A));
	note(cpu);
	vcpu_spend(cpu, LAB_SPENT_OTHER, 5000000);
	machine_sync(m, cpu);
	instrument_spin_unlock(lock_at(LOCK_A));
}

/* Whoever asks first gets the lock first, however long the others wait. */
static void locks_are_first_come_first_served(void)
{
	struct machine m;

	run(&m, 4, (const unsigned int[]){ 30, 0, 20, 10 }, locked_work);
	CHECK_EQ(strcmp(order, "1320"), 0);
	CHECK_EQ(m.lock_takes, 4);
	CHECK_EQ(m.lock_waits, 3);
	CHECK(m.cpus[0].now > 20000000);
	CHECK(m.cpus[0].spent[LAB_SPENT_LOCK_WAIT] > 14000000);
	machine_free(&m);
}

static void write_under_lock(struct machine *m, struct vcpu *cpu)
{
	if (cpu->id) {
		machine_sync(m, cpu);
		note(cpu);
		return;
	}
	instrument_spin_lock(lock_at(LOCK_A));
	vcpu_spend(cpu, LAB_SPENT_OTHER, 10000000);
	access_at(LOCK_A + 8, ACCESS_WRITE_ONCE);
	note(cpu);
	instrument_spin_unlock(lock_at(LOCK_A));
	machine_sync(m, cpu);
	note(cpu);
}

/* What a lock protects is made known by the unlock, and not before the others' turn. */
static void a_lock_keeps_the_order(void)
{
	struct machine m;

	run(&m, 2, (const unsigned int[]){ 0, 5000 }, write_under_lock);
	CHECK_EQ(strcmp(order, "010"), 0);
	CHECK_EQ(m.cpus[0].locks, 0);
	machine_free(&m);
}

static void unlock_a_lost_line(struct machine *m, struct vcpu *cpu)
{
	instrument_spin_lock(lock_at(cpu->id ? LOCK_B : LOCK_A));
	vcpu_spend(cpu, LAB_SPENT_OTHER, 10000000);
	cpu->wait_begun = cpu->now;
	instrument_spin_unlock(lock_at(cpu->id ? LOCK_B : LOCK_A));
	cpu->change = (long)(cpu->now - cpu->wait_begun);
	/* Memory that the engine does not know is everybody's own. */
	instrument_access(order, 8, ACCESS_ATOMIC);
	if (!cpu->id)
		CHECK_EQ(cpu->now - cpu->wait_begun, 500000 + 7000);
	cpu->wait_begun = NEVER;
}

/* The line went to the other's lock meanwhile: the next locked instruction waits for it. */
static void an_unlock_is_waited_for_by_what_follows(void)
{
	struct machine m;

	run(&m, 2, (const unsigned int[]){ 0, 5000 }, unlock_a_lost_line);
	CHECK_EQ(m.cpus[0].change, 1000);
	CHECK_EQ(m.cpus[1].change, 1000);
	CHECK_EQ(m.lock_waits, 0);
	machine_free(&m);
}

static bool told;

static void wait_for_word(struct machine *m, struct vcpu *cpu)
{
	access_at(0, ACCESS_READ_ONCE);
	if (cpu->id) {
		vcpu_spend(cpu, LAB_SPENT_OTHER, 1000000);
		machine_sync(m, cpu);
		told = true;
		return;
	}
	while (!told)
		access_at(0, ACCESS_READ_ONCE);
	note(cpu);
}

/* A line that both share is read without asking who is first, but not for ever. */
static void nobody_waits_for_a_shared_line_for_ever(void)
{
	struct machine m;

	told = false;
	run(&m, 2, (const unsigned int[]){ 0, 0 }, wait_for_word);
	CHECK_EQ(strcmp(order, "0"), 0);
	machine_free(&m);
}

static bool written;
static unsigned int nr_waits;

/* CPU 0 waits for a write, which the other makes after ten microseconds, if there is one. */
static void wait_for_write(struct machine *m, struct vcpu *cpu)
{
	if (cpu->id) {
		vcpu_spend(cpu, LAB_SPENT_OTHER, 10000000);
		access_at(0, ACCESS_WRITE_ONCE);
		written = true;
		return;
	}
	for (access_at(0, ACCESS_READ_ONCE); !written; access_at(0, ACCESS_READ_ONCE)) {
		nr_waits++;
		instrument_wait((void *)words, 8);
	}
}

/* Who waits for a write looks when it is there, and costs nobody anything until then. */
static void a_write_that_is_waited_for(void)
{
	struct machine m;

	written = false;
	nr_waits = 0;
	run(&m, 2, (const unsigned int[]){ 0, 0 }, wait_for_write);
	CHECK_EQ(nr_waits, 1);
	/* The line comes from the other socket, is written, and goes back. */
	CHECK_EQ(m.cpus[1].now, 10500000);
	CHECK_EQ(m.cpus[0].now, 11000000);
	CHECK_EQ(m.cpus[0].spent[LAB_SPENT_OTHER], 11000000);
	CHECK(!m.deadlocked && !m.awaiting);
	machine_free(&m);

	/* Nobody writes. */
	written = false;
	run(&m, 1, (const unsigned int[]){ 0 }, wait_for_write);
	CHECK(m.deadlocked);
	machine_free(&m);
}

static void one_of_each(struct machine *m, struct vcpu *cpu)
{
	cpu->change = 1;
	instrument_enter(SECTION_TRACKER);
	access_at(0, ACCESS_ATOMIC);
	access_at(8, ACCESS_READ_ONCE);
	access_at(8, ACCESS_EXCHANGE);
	cpu->change = -1;
	access_at(0, ACCESS_ATOMIC);
	instrument_enter(SECTION_SEARCH);
	instrument_spin_lock(lock_at(LOCK_B));
	instrument_spin_unlock(lock_at(LOCK_B));
	access_at(0, ACCESS_READ_ONCE);
	instrument_enter(SECTION_OTHER);
}

/* Each racing access of the tracker, and of an area's lock, has a site of its own. */
static void sites_are_told_apart(void)
{
	struct machine m;

	run(&m, 1, (const unsigned int[]){ 0 }, one_of_each);
	CHECK_EQ(m.sites[0][LAB_SITE_ADD].count, 1);
	CHECK_EQ(m.sites[0][LAB_SITE_ADD].ps, 30000);
	CHECK_EQ(m.sites[0][LAB_SITE_READ].ps, 1000);
	CHECK_EQ(m.sites[0][LAB_SITE_EXCHANGE].ps, 7000);
	CHECK_EQ(m.sites[1][LAB_SITE_ADD].ps, 7000);
	CHECK_EQ(m.sites[1][LAB_SITE_LOCK].ps, 7000);
	CHECK_EQ(m.sites[1][LAB_SITE_UNLOCK].ps, 1000);
	CHECK_EQ(m.sites[1][LAB_SITE_READ].count, 0);
	CHECK_EQ(m.sites[1][LAB_SITE_TRACKER_LOCK].count, 0);
	machine_free(&m);
}

static void opposite_orders(struct machine *m, struct vcpu *cpu)
{
	unsigned int first = cpu->id ? LOCK_B : LOCK_A;

	instrument_spin_lock(lock_at(first));
	instrument_spin_lock(lock_at(LOCK_A + LOCK_B - first));
	note(cpu);
}

static void a_deadlock_is_seen(void)
{
	struct machine m;

	run(&m, 2, (const unsigned int[]){ 0, 0 }, opposite_orders);
	CHECK(m.deadlocked);
	CHECK_EQ(nr_order, 0);
	machine_free(&m);
}

static void unknown_lock(struct machine *m, struct vcpu *cpu)
{
	static pthread_spinlock_t lock;

	instrument_spin_lock(&lock);
	note(cpu);
}

static void a_lock_in_unknown_memory_is_refused(void)
{
	struct machine m;

	run(&m, 2, (const unsigned int[]){ 0, 0 }, unknown_lock);
	CHECK(m.unknown_lock);
	CHECK_EQ(nr_order, 0);
	machine_free(&m);
}

int main(void)
{
	setup.costs = (struct lab_costs){
		.own = 1,
		.walk = 1,
		.atomic = 7,
		.shared = 30,
		.core = 100,
		.socket = 500,
	};
	/* Areas on more lines than any program here walks over. */
	fixture_open(&fixture,
		     (struct fixture_pool){ .nslabs = 4096, .nareas = 32, .instrumented = true });
	words = (uintptr_t)fixture.mem->defpool.areas;
	the_earliest_goes_first();
	a_hot_line_is_a_queue();
	a_shared_line_is_invalidated();
	a_walk_takes_its_lines_in_turn();
	lines_move_in_pairs();
	lone_lines_have_no_neighbour();
	a_complex_is_nearer_than_its_socket();
	copies_come_from_the_nearest_and_go_to_the_furthest();
	a_look_right_behind_finds_the_line();
	a_line_is_kept_in_mind_beside_another();
	locks_are_first_come_first_served();
	a_lock_keeps_the_order();
	an_unlock_is_waited_for_by_what_follows();
	nobody_waits_for_a_shared_line_for_ever();
	a_write_that_is_waited_for();
	sites_are_told_apart();
	a_deadlock_is_seen();
	a_lock_in_unknown_memory_is_refused();
	fixture_close(&fixture);
	return 0;
}
