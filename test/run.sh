#!/bin/sh
# All Jest tests: what compiles or compares, two files at once; what measures time, alone.
#
#   run.sh [FOLDER]    the reports go to FOLDER/jest-side-by-side.json and FOLDER/jest-alone.json
#
# Exit: 0 all passed, 1 not.
set -u

cd "$(dirname -- "$0")/.."
out=${1:-}
together='/(bench-|commands|figures|own-|verify|placement|cli-input|virtual-input|trace-|addon-|process-|failures)|/(mutations|reference)/'
status=0

run() {
	name=$1
	shift
	[ -z "$out" ] || set -- --json --outputFile="$out/$name.json" "$@"
	npx --no-install jest --ci "$@" || status=1
}

run jest-side-by-side --maxWorkers=2 --testPathPatterns "$together"
run jest-alone --maxWorkers=1 --testPathIgnorePatterns "$together"
exit $status
