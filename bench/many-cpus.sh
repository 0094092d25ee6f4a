#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Predictions beside threads on 1, 2, 4 ... CPUs of this machine, into one file: see --help.
# Builds what is not built yet; what is measured then takes less than five minutes.
set -eu

cd "$(dirname "$0")/.."

fail() {
	echo "many-cpus: $1" >&2
	exit 1
}

[ "$(uname -s)" = Linux ] || fail 'runs on Linux only'
for tool in node npm taskset; do
	command -v "$tool" >/dev/null || fail "needs $tool, which is not in PATH"
done
[ -d node_modules ] || npm ci || fail 'its packages could not be installed'
# Built once: a second run on a machine without a compiler needs none.
if [ ! -f dist-bench/many-cpus/main.js ] || [ ! -f dist/cli/main.js ]; then
	npm run -s build:bench || fail 'it could not be built'
fi
exec node dist-bench/many-cpus/main.js "$@"
