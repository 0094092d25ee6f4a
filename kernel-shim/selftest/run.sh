#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs the programs, each as one test with subtests (KTAP), and counts all subtests together.
#
#   run.sh SEED OPERATIONS PROGRAM...
#
# The last line is "N passed, N failed", and that before it how long it took; BEGUN, where it is
# given, is when make began to build them, in seconds. Exit status: 0, 1 where anything failed.
set -u

seed=$1 operations=$2
shift 2
passed=0 failed=0 number=0
started=$(date +%s)
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
trap 'exit 2' HUP INT TERM

echo 'KTAP version 1'
echo "1..$#"
for program; do
	number=$((number + 1))
	"./$program" --seed "$seed" --operations "$operations" >"$out" 2>&1
	status=$?
	sed 's/^/  /' "$out"
	good=$(grep -c '^ok [0-9]* [^#]*$' "$out")
	bad=$(grep -c '^not ok ' "$out")
	# A program that ends before its plan, as by a sanitizer, has failed in one more.
	if ! grep -q '^1\.\.' "$out" || { [ $status -ne 0 ] && [ "$bad" -eq 0 ]; }; then
		echo "# $program ended with status $status"
		echo "# again: ./$program --seed $seed --operations $operations"
		bad=$((bad + 1))
	fi
	passed=$((passed + good))
	failed=$((failed + bad))
	if [ "$bad" -eq 0 ]; then
		echo "ok $number $program"
	else
		echo "not ok $number $program"
	fi
done
ended=$(date +%s)
echo "# ${BEGUN:+built in $((started - ${BEGUN:-0})) s, }run in $((ended - started)) s"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
