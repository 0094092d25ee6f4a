#!/bin/sh
# Records how a machine uses its swiotlb (bounce buffers), into one tar. Needs root, tracefs and
# a POSIX shell; no Node, trace-cmd or perf.
#
#   sh capture.sh [COMMAND [ARGUMENT...]]
#
# Without a command it records for so many seconds, with one until that ends, but no longer. A
# command that has not ended by then is ended.
#
# In the tar: trace.txt, meta.json, counters-before.txt, counters-after.txt, dmesg.txt,
# cmdline.txt, lost.txt and notes.txt, which says what went otherwise than asked.
#
# It makes a trace instance of its own, and leaves all others alone. What it changed it restores at
# its end, also when it is interrupted; then nothing is saved.
#
# Where tracefs, debugfs and the kernel's command line are can be said in the variables TRACEFS,
# DEBUGFS and PROC_CMDLINE.
#
# Exit: 0 saved (also when events were lost, which it says), 1 the command failed (saved),
# 2 nothing could be recorded, 3 the tar cannot be written, 129, 130, 143 ended by SIGHUP, SIGINT,
# SIGTERM.
#
# SPDX-License-Identifier: GPL-2.0-only

# >>> settings
seconds=60
buffer_kb=65536
probes=no
reset=no
out=swiotlb-capture.tar
# <<< settings

set -u

tracefs=${TRACEFS:-}
debugfs=${DEBUGFS:-/sys/kernel/debug}
cmdline=${PROC_CMDLINE:-/proc/cmdline}
group=swiotlb_lab_$$
instance='' work='' napping='' child='' made_probes=''
# So often, a second apart, what is still in use is tried again.
tries=5

say() { printf 'capture: %s\n' "$*" >&2; }

# note TEXT: said, and kept in the tar.
note() {
	say "$*"
	printf '%s\n' "$*" >>"$work/notes.txt"
}

fail() {
	say "$*"
	exit 2
}

# unwritable TEXT: of the tar, and what is gathered beside it.
unwritable() {
	say "$*"
	exit 3
}

# put FILE TEXT: writes to a file of tracefs; what the shell would say of it is not shown.
put() { (printf '%s\n' "$2" >"$1") 2>/dev/null; }

# add FILE TEXT: appends, as lists of tracefs want it.
add() { (printf '%s\n' "$2" >>"$1") 2>/dev/null; }

# nap SECONDS: a sleep that a signal ends.
nap() {
	sleep "$1" &
	napping=$!
	wait "$napping"
	napping=''
}

# end_child: asks the command to end, and makes it, after a while.
end_child() {
	kill "$child" 2>/dev/null
	left=$tries
	while [ "$left" -gt 0 ] && kill -0 "$child" 2>/dev/null; do
		left=$((left - 1))
		nap 1
	done
	kill -KILL "$child" 2>/dev/null
}

# Ends what this script has started, and takes back what it has changed. Runs at every end.
# shellcheck disable=SC2317 # It is called by a trap.
restore() {
	trap '' HUP INT TERM
	[ -z "$napping" ] || kill "$napping" 2>/dev/null
	[ -z "$child" ] || end_child
	if [ -d "$instance" ]; then
		put "$instance/tracing_on" 0
		[ ! -e "$instance/events/$group/enable" ] || put "$instance/events/$group/enable" 0
		left=$tries
		until rmdir "$instance" 2>/dev/null; do
			left=$((left - 1))
			if [ "$left" -eq 0 ]; then
				say "$instance could not be removed; remove it with: rmdir $instance"
				break
			fi
			sleep 1
		done
	fi
	for probe in $made_probes; do
		add "$tracefs/kprobe_events" "-:$group/$probe" ||
			say "the probe $group/$probe could not be removed"
	done
	[ -z "$work" ] || rm -rf "$work"
}

# shellcheck disable=SC2317
ended() {
	say "$2; nothing is saved"
	exit "$1"
}

# --- What must be there -------------------------------------------------------------------------

for tool in awk cat df dmesg grep id mkdir mktemp mv rm rmdir sed sleep tar tr uname; do
	command -v "$tool" >/dev/null || fail "needs $tool, which is not in PATH"
done
[ "$(id -u)" -eq 0 ] || fail 'needs root: run it with sudo, or as root'
if [ -z "$tracefs" ]; then
	for tracefs in /sys/kernel/debug/tracing /sys/kernel/tracing; do
		[ ! -e "$tracefs/trace" ] || break
	done
fi
[ -e "$tracefs/trace" ] || fail "no tracefs in $tracefs: mount it with" \
	"mount -t tracefs nodev $tracefs, or say in TRACEFS where it is"
[ -d "$tracefs/instances" ] || fail "$tracefs has no instances: this kernel cannot record beside others"
case $out in
/*) ;;
*) out=$PWD/$out ;;
esac
[ -d "${out%/*}/" ] || unwritable "there is no folder ${out%/*} for the tar"
[ ! -d "$out" ] || unwritable "$out is a folder; expected the name of a tar"

release=$(uname -r)
major=$(printf '%s' "$release" | sed -n 's/^\([0-9][0-9]*\)\..*/\1/p')
minor=$(printf '%s' "$release" | sed -n 's/^[0-9]*\.\([0-9][0-9]*\).*/\1/p')
# since MAJOR MINOR: whether this kernel is that version or a later one.
since() { [ "${major:-0}" -gt "$1" ] || { [ "${major:-0}" -eq "$1" ] && [ "${minor:-0}" -ge "$2" ]; }; }

cpus=$(getconf _NPROCESSORS_ONLN 2>/dev/null) || cpus=$(grep -c '^processor' /proc/cpuinfo)
[ "${cpus:-0}" -gt 0 ] 2>/dev/null || fail 'the number of CPUs cannot be told'
per_cpu_kb=$((buffer_kb / cpus))
[ "$per_cpu_kb" -ge 64 ] || fail "a buffer of $buffer_kb KiB is less than 64 KiB for each of $cpus CPUs"
memory_kb=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo)
if [ -n "$memory_kb" ] && [ "$buffer_kb" -gt $((memory_kb / 2)) ]; then
	fail "a buffer of $buffer_kb KiB is more than half of the memory that is free ($memory_kb KiB)"
fi

trap restore EXIT
trap 'ended 129 "hung up"' HUP
trap 'ended 130 interrupted' INT
trap 'ended 143 terminated' TERM

work=$(mktemp -d "$out.XXXXXX") || unwritable "cannot write in ${out%/*}"
# Text takes up to three times the room of the buffer, and is there twice while it is packed.
room_kb=$(df -Pk "$work" 2>/dev/null | sed -n '2s/^.* \([0-9]\{1,\}\) \{1,\}[0-9]\{1,\}% .*$/\1/p')
if [ -n "$room_kb" ] && [ "$room_kb" -lt $((buffer_kb * 6)) ]; then
	unwritable "${out%/*} has room for $room_kb KiB; expected $((buffer_kb * 6)), six times the buffer"
fi
: >"$work/notes.txt"

# --- The instance, and the events ---------------------------------------------------------------

# Known before it is made: a signal may come in between.
instance=$tracefs/instances/$group
mkdir "$instance" 2>/dev/null || {
	instance=''
	fail "cannot make $tracefs/instances/$group: does lockdown forbid tracing?"
}
put "$instance/tracing_on" 0 || fail "cannot write $instance/tracing_on"
put "$instance/buffer_size_kb" "$per_cpu_kb" || fail "cannot get a buffer of $buffer_kb KiB"
# One clock for all CPUs.
clock=mono
put "$instance/trace_clock" mono || {
	clock=global
	put "$instance/trace_clock" global || note 'no clock for all CPUs: the order of events of several CPUs is not sure'
}
# The readers want to know who ran, and where.
for option in context-info irq-info; do
	[ ! -e "$instance/options/$option" ] || put "$instance/options/$option" 1
done

# switch_on EVENT: into the instance; false where this kernel has none.
switch_on() {
	[ -e "$instance/events/$1/enable" ] && put "$instance/events/$1/enable" 1 && events="$events $1"
}

# All that take slots or give them back. Not dma_sync_*: there are many, and they do neither.
events=''
has_dma=no has_bounced=no
for name in dma_map_page dma_map_phys dma_map_sg dma_map_sg_err dma_unmap_page dma_unmap_phys \
	dma_unmap_sg dma_alloc dma_alloc_pages dma_alloc_sgt dma_free dma_free_pages dma_free_sgt; do
	switch_on "dma/$name" && has_dma=yes
done
switch_on swiotlb/swiotlb_bounced && has_bounced=yes
if [ "$has_bounced" = no ]; then
	note 'no event swiotlb:swiotlb_bounced: maps are counted a little late'
fi

# probe KIND NAME WHERE FIELDS: a function probe; false where the kernel refuses it.
probe() {
	# Known before it is made, as above.
	others=$made_probes
	made_probes="$made_probes $2"
	add "$tracefs/kprobe_events" "$1:$group/$2 $3 $4" || {
		made_probes=$others
		return 1
	}
	[ ! -e "$instance/events/$group" ] || switch_on "$group/$2"
}

# Where the arguments of swiotlb_tbl_map_single() are, kernel by kernel.
# shellcheck disable=SC2016 # $arg1 and the like are the kernel's.
function_probes() {
	[ -e "$tracefs/kprobe_events" ] || {
		note 'no function probes: this kernel has no kprobe_events'
		return 1
	}
	if since 6 10; then
		align='$arg4' dir='$arg5'
	elif since 5 16; then
		align='$arg5' dir='$arg6'
	elif since 5 11; then
		align='' dir='$arg5'
	else
		note "no function probes: they are known from Linux 5.11 on, and this is $release"
		return 1
	fi
	unmap=swiotlb_tbl_unmap_single
	! since 6 12 || unmap=__swiotlb_tbl_unmap_single
	dev='dev=+0(+0($arg1)):string'
	map="$dev orig_addr=\$arg2:x64 size=\$arg3:u64 align_mask=${align:-\\0}:x32 dir=$dir:u32"
	# The device's mask takes the kernel's own type information.
	probe p swiotlb_map swiotlb_tbl_map_single \
		"$map min_align_mask=dev->dma_parms->min_align_mask:x32" ||
		probe p swiotlb_map swiotlb_tbl_map_single "$map" || {
		note 'no function probes: the kernel refuses one at swiotlb_tbl_map_single'
		return 1
	}
	# What the function was called with is known at its return from Linux 6.9 on.
	probe r swiotlb_map_ret swiotlb_tbl_map_single \
		'tlb_addr=$retval:x64 orig_addr=$arg2:x64 size=$arg3:u64' ||
		probe r swiotlb_map_ret swiotlb_tbl_map_single 'tlb_addr=$retval:x64' ||
		note 'no function probe at the return of swiotlb_tbl_map_single: addresses are not known'
	probe p swiotlb_unmap "$unmap" "$dev tlb_addr=\$arg2:x64 size=\$arg3:u64" ||
		note "no function probe at $unmap: unmaps are not known"
}

has_probes=no
if [ "$has_dma" = no ]; then
	note "no dma:* events (they exist since Linux 6.12, and this is $release): function probes in their place"
	probes=yes
fi
if [ "$probes" = yes ]; then
	function_probes && has_probes=yes
fi
if [ "$has_dma" = no ] && [ "$has_probes" = no ]; then
	[ "$has_bounced" = yes ] || fail 'neither events nor function probes: nothing can be recorded'
	note 'swiotlb:swiotlb_bounced alone: attempts and their sizes, but nothing of unmaps'
fi

# --- Recording ----------------------------------------------------------------------------------

# counters FILE: those of all pools, as `grep . /sys/kernel/debug/swiotlb/*` shows them.
counters() {
	for path in "$debugfs"/swiotlb/io_tlb_* "$debugfs"/swiotlb/*/io_tlb_*; do
		[ ! -e "$path" ] || printf '/sys/kernel/debug%s:%s\n' "${path#"$debugfs"}" \
			"$(cat "$path" 2>/dev/null)"
	done >"$1"
}

# counter FILE NAME: of the pool of all, a plain number; nothing where there is none.
counter() {
	sed -n "s|^/sys/kernel/debug/swiotlb/$2:\([0-9]\{1,15\}\)\$|\1|p" "$1"
}

is_reset=no
if [ "$reset" = yes ]; then
	if [ -e "$debugfs/swiotlb/io_tlb_used_hiwater" ] &&
		put "$debugfs/swiotlb/io_tlb_used_hiwater" 0; then
		is_reset=yes
	else
		note "the kernel's mark could not be set to 0: $debugfs/swiotlb/io_tlb_used_hiwater"
	fi
fi
counters "$work/counters-before.txt"
# Devices may have pools of their own, with counters, whatever the command line says.
if [ ! -s "$work/counters-before.txt" ]; then
	if grep -q '\(^\|[[:blank:]]\)swiotlb=\([^[:blank:]]*,\)\{0,1\}noforce' "$cmdline"; then
		note 'the command line has swiotlb=noforce: this machine has no pool, and nothing bounces'
	else
		note "no counters: nothing is in $debugfs/swiotlb (is debugfs mounted?)"
	fi
fi
put "$instance/tracing_on" 1 || fail "cannot write $instance/tracing_on"
status=0
passed=$seconds
if [ $# -gt 0 ]; then
	say "recording until the command ends, at most $seconds s"
	# In the background, a command would have no input.
	exec 3<&0
	"$@" <&3 3<&- &
	child=$!
	passed=0
	while [ "$passed" -lt "$seconds" ] && kill -0 "$child" 2>/dev/null; do
		nap 1
		passed=$((passed + 1))
	done
	if kill -0 "$child" 2>/dev/null; then
		note "the command did not end within $seconds s and was ended"
		put "$instance/tracing_on" 0
		end_child
	fi
else
	say "recording for $seconds s"
	nap "$seconds"
fi
put "$instance/tracing_on" 0
counters "$work/counters-after.txt"
if [ -n "$child" ]; then
	wait "$child" || {
		status=1
		note 'the command failed, or was ended'
	}
	child=''
fi

# --- What was lost ------------------------------------------------------------------------------

# total WORDS: over all CPUs, from their stats.
total() {
	awk -F: -v words="$1" '$(NF - 1) == words { sum += $NF } END { printf "%.0f", sum }' "$work/lost.txt"
}

grep . "$instance"/per_cpu/cpu*/stats /dev/null >"$work/lost.txt" 2>/dev/null ||
	note 'whether events were lost cannot be told: the instance has no per_cpu/cpu*/stats'
overrun=$(total overrun)
dropped=$(total 'dropped events')
commit=$(total 'commit overrun')
entries=$(total entries)
missed=0
if [ "$has_probes" = yes ] && [ -e "$tracefs/kprobe_profile" ]; then
	sed -n "s/^ *\(swiotlb_[a-z_]*  *[0-9][0-9]*  *[0-9][0-9]*\) *\$/\1/p" "$tracefs/kprobe_profile" \
		>"$work/profile"
	while read -r name hits skipped; do
		printf 'kprobe_profile:%s: hits %s missed %s\n' "$name" "$hits" "$skipped" >>"$work/lost.txt"
		missed=$((missed + skipped))
	done <"$work/profile"
	rm -f "$work/profile"
fi
full=$((overrun + dropped))
lost=$((full + commit))
# A fraction has a point here, whatever the locale.
# fullest: how many times its room the buffer of the fullest CPU would have taken. Each CPU has as much.
fullest() {
	LC_ALL=C awk -F: '
		$(NF - 1) == "entries" { kept[$1] = $NF }
		$(NF - 1) == "overrun" || $(NF - 1) == "dropped events" { gone[$1] += $NF }
		END {
			most = 1
			for (cpu in kept) {
				room = kept[cpu] > 0 ? kept[cpu] : 1
				times = (room + gone[cpu]) / room
				if (times > most) most = times
			}
			printf "%.6f", most
		}' "$work/lost.txt"
}

if [ "$full" -gt 0 ]; then
	times=$(fullest)
	[ "$passed" -gt 0 ] || passed=1
	mib=$(LC_ALL=C awk "BEGIN { mib = $buffer_kb / 1024 * $times; printf \"%.0f\", mib == int(mib) ? mib : int(mib) + 1 }")
	holds=$(LC_ALL=C awk "BEGIN { printf \"%.0f\", int($passed / $times) }")
	[ "$holds" -gt 0 ] && holds="$holds s" || holds='less than a second'
	note "$full events were lost, $entries are left: at this rate $passed s take --buffer ${mib}MiB at least," \
		"and a buffer of $buffer_kb KiB holds $holds"
fi
# Those that interrupts made while one was written, and found no room: how much they want, nobody counts.
if [ "$commit" -gt 0 ]; then
	note "$commit events were lost (commit overrun): interrupts filled a CPU's buffer while it wrote one;" \
		"which buffer would have been enough is not known"
fi
if [ "$missed" -gt 0 ]; then
	note "$missed function probes were missed (kprobe_profile)"
fi
if [ "$lost" -eq 0 ] && [ "$entries" -eq 0 ] && [ -s "$work/lost.txt" ]; then
	note 'no event came: nothing was bounced or mapped in this time'
fi

# --- One tar ------------------------------------------------------------------------------------

cat "$instance/trace" >"$work/trace.txt" || unwritable "cannot save the trace in ${out%/*}"
cat "$cmdline" >"$work/cmdline.txt"
# The ring of messages may have lost those of the boot; a journal has them.
lines='software IO TLB\|swiotlb\|SWIOTLB\|bounce buffer'
dmesg 2>/dev/null | grep "$lines" >"$work/dmesg.txt"
if ! grep -q 'mapped \[mem' "$work/dmesg.txt" && command -v journalctl >/dev/null; then
	journalctl -k -b 0 --no-pager 2>/dev/null | grep "$lines" >"$work/journal.txt"
	[ ! -s "$work/journal.txt" ] || cat "$work/journal.txt" >"$work/dmesg.txt"
	rm -f "$work/journal.txt"
fi

# field NAME VALUE: a line of meta.json; none where there is no value.
field() { [ -z "$2" ] || printf ' "%s": %s,\n' "$1" "$2"; }
before=$work/counters-before.txt
after=$work/counters-after.txt
mark_before=$(counter "$before" io_tlb_used_hiwater)
mark_after=$(counter "$after" io_tlb_used_hiwater)
# The mark is of this recording only where it rose in it, or began in it; 0 may mean that nobody
# keeps it.
mark=''
if [ "${mark_after:-0}" -gt "${mark_before:-0}" ] ||
	{ [ "$is_reset" = yes ] && [ "${mark_after:-0}" -gt 0 ]; }; then
	mark=$mark_after
fi
areas=$(sed -n 's/^.*software IO TLB: area num \([0-9]\{1,6\}\)\..*$/\1/p' "$work/dmesg.txt" | sed -n 1p)
start=$(sed -n 's/^.*software IO TLB: mapped \[mem \(0x[0-9a-f]\{1,16\}\)-.*$/\1/p' "$work/dmesg.txt" |
	sed -n 1p)
plain() { printf '%s' "$1" | LC_ALL=C tr -cd 'A-Za-z0-9._+~:/ -'; }
{
	printf '{\n'
	field nslabs "$(counter "$before" io_tlb_nslabs)"
	field nareas "$areas"
	field pool_start "${start:+\"$start\"}"
	field used_before "$(counter "$before" io_tlb_used)"
	field used_after "$(counter "$after" io_tlb_used)"
	field hiwater_before "$mark_before"
	field hiwater_after "$mark"
	field hiwater_since_boot "$([ -n "$mark" ] || printf '%s' "$mark_after")"
	field ncpus "$cpus"
	field kernel "\"$(plain "$(uname -srvm)")\""
	field events "\"$(plain "${events# }")\""
	field probes "$([ "$has_probes" = yes ] && echo true || echo false)"
	field trace_clock "\"$clock\""
	field lost "{ \"overrun\": $overrun, \"commit overrun\": $commit, \"dropped events\": $dropped, \"missed probes\": $missed, \"entries\": $entries }"
	printf ' "recorded_by": "swiotlb-lab capture"\n}\n'
} >"$work/meta.json"

# Written beside and renamed: what is there under the name is whole. Addresses are nobody else's.
umask 077
tar -cf "$work/capture.tar" -C "$work" trace.txt meta.json counters-before.txt counters-after.txt \
	dmesg.txt cmdline.txt lost.txt notes.txt || unwritable "cannot write the tar in ${out%/*}"
mv -f "$work/capture.tar" "$out" || unwritable "cannot write $out"
say "$out: $entries events"
exit "$status"
