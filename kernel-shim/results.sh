# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# For test scripts, which read this in: a line for each test, and their count.

passed=0
failed=0

result() { # STATUS NAME
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
		echo "ok   $2"
	else
		failed=$((failed + 1))
		echo "FAIL $2"
	fi
}

# The last line of all; its status is 1 where anything failed.
sum_up() {
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}
