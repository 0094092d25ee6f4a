#!/bin/sh
# All Jest tests: those of test/timing, which measure time or memory, alone; all others two files
# at once.
#
#   run.sh [FOLDER]    the reports go to FOLDER/jest-side-by-side.json and FOLDER/jest-alone.json
#
# Exit: 0 all passed, 1 not.
set -u

cd "$(dirname -- "$0")/.."
out=${1:-}
status=0

run() {
	name=$1
	shift
	[ -z "$out" ] || set -- --json --outputFile="$out/$name.json" "$@"
	npx --no-install jest --ci "$@" || status=1
}

run jest-side-by-side --maxWorkers=2 --testPathIgnorePatterns '/test/timing/'
run jest-alone --maxWorkers=1 --testPathPatterns '/test/timing/'
exit $status
