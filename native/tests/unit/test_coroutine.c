// SPDX-License-Identifier: GPL-2.0-only
/*
 * A switch keeps what a call keeps: registers, stacks, floating point, in every order. And
 * each stack is its own, with a page below it that nothing can be written to.
 */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "virtual/coroutine.h"

#define COUNT 40
#define ROUNDS 200

static struct coroutine home, co[COUNT];
static struct coroutine_stacks stacks;
/* Changed behind the compiler's back, which knows who writes a variable of this file. */
static volatile unsigned int running, next, left;
static double sums[COUNT];

static void pass_on(void)
{
	unsigned int from = running;

	running = next;
	coroutine_switch(&co[from], &co[running]);
}

/* So much is alive across the switch that every register is needed for it. */
static __attribute__((noinline)) double work(unsigned int me, unsigned int depth)
{
	double a = me + 0.25, b = a * 3, c = b * b, d = c - a, e = d / 2, f = e + b, g = f * d;
	unsigned long i = me, j = i * 7 + 1, k = j ^ 0x5555, l = k * j, m = l - i, n = m ^ k;
	char canary[64];

	for (unsigned int at = 0; at < sizeof(canary); at++)
		canary[at] = (char)(me + at);
	next = (me * 7 + depth) % COUNT;
	while (next == me || next < left)
		next = next + 1 < COUNT ? next + 1 : left;
	if (left + 1 < COUNT)
		pass_on();
	for (unsigned int at = 0; at < sizeof(canary); at++)
		CHECK_EQ(canary[at], (char)(me + at));
	return a + b + c + d + e + f + g + (double)(i + j + k + l + m + n) +
	       (depth ? work(me, depth - 1) : 0);
}

static double expected(unsigned int me, unsigned int depth)
{
	double a = me + 0.25, b = a * 3, c = b * b, d = c - a, e = d / 2, f = e + b, g = f * d;
	unsigned long i = me, j = i * 7 + 1, k = j ^ 0x5555, l = k * j, m = l - i, n = m ^ k;

	return a + b + c + d + e + f + g + (double)(i + j + k + l + m + n) +
	       (depth ? expected(me, depth - 1) : 0);
}

/* They end in the order of their numbers, so that who is left is known. */
static void entry(void)
{
	const unsigned int me = running;

	coroutine_entered();
	for (unsigned int i = 0; i < ROUNDS; i++)
		sums[me] = work(me, i % 5);
	while (left != me) {
		next = left;
		pass_on();
	}
	left++;
	if (left == COUNT) {
		coroutine_leave(&co[me], &home);
	} else {
		running = left;
		coroutine_leave(&co[me], &co[running]);
	}
}

/* A child that writes there is ended. */
static void check_guarded(char *at)
{
	const struct rlimit no_core = { 0, 0 };
	int status;
	pid_t child = fork();

	CHECK(child >= 0);
	if (!child) {
		/* Not to the sanitizers, which would say much about it. */
		signal(SIGSEGV, SIG_DFL);
		setrlimit(RLIMIT_CORE, &no_core);
		*(volatile char *)at = 1;
		_exit(0);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), SIGSEGV);
}

static void test_stacks(void)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t colours = COROUTINE_COLOURS * COROUTINE_COLOUR_BYTES;
	char *const end = stacks.memory + COUNT * stacks.each;

	CHECK(coroutine_stacks_hold(&stacks, stacks.memory));
	CHECK(coroutine_stacks_hold(&stacks, end - 1));
	CHECK(!coroutine_stacks_hold(&stacks, stacks.memory - 1));
	CHECK(!coroutine_stacks_hold(&stacks, end));
	CHECK(!coroutine_stacks_hold(&stacks, &colours));
	for (unsigned int i = 0; i < COUNT; i++) {
		char *lowest = stacks.memory + i * stacks.each + page;
		char *top = coroutine_stack_top(&stacks, i);

		CHECK_EQ((uintptr_t)top % 16, 0);
		CHECK(top <= lowest + stacks.each - page);
		CHECK(top > lowest + stacks.each - page - colours);
		/* All of it can be written to. */
		memset(lowest, 0x5a, (size_t)(top - lowest));
		/* Neighbours begin in other sets of the cache. */
		if (i)
			CHECK((uintptr_t)top % page !=
			      (uintptr_t)coroutine_stack_top(&stacks, i - 1) % page);
	}
	check_guarded(stacks.memory);
	check_guarded(stacks.memory + (COUNT - 1) * stacks.each + page - 1);
}

int main(void)
{
	CHECK_EQ(coroutine_stacks_alloc(COUNT, &stacks), 0);
	test_stacks();
	CHECK_EQ(coroutine_adopt(&home), 0);
	for (int again = 0; again < 3; again++) {
		left = 0;
		for (unsigned int i = 0; i < COUNT; i++)
			coroutine_create(&co[i], &stacks, i, entry);
		running = COUNT - 1;
		coroutine_switch(&home, &co[running]);
		CHECK_EQ(left, COUNT);
		for (unsigned int i = 0; i < COUNT; i++) {
			CHECK(sums[i] == expected(i, (ROUNDS - 1) % 5));
			coroutine_destroy(&co[i]);
		}
	}
	coroutine_stacks_free(&stacks);
	CHECK(!stacks.memory);
	/* A second time there is nothing to free. */
	coroutine_stacks_free(&stacks);
	return 0;
}
