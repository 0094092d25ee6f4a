#!/bin/bash
#SBATCH --job-name=swiotlb-sweep
#SBATCH --array=1-10
#SBATCH --cpus-per-task=1
#SBATCH --time=02:00:00
#SBATCH --output=swiotlb-sweep-%a.log
#
# A series in virtual time as an array of jobs, one for each step.
#
#   sbatch examples/slurm-sweep.sh
#   swiotlb-lab merge sweep/shard-*.jsonl
#
# LAB is how swiotlb-lab is called on the nodes, SWEEP a folder that all of them see, and SERIES what
# changes from step to step: the array may have as many jobs as there are steps, or fewer.
set -euo pipefail

LAB=${LAB:-swiotlb-lab}
SWEEP=${SWEEP:-sweep}
SERIES=${SERIES:-cpus=1,2,4,...,512}
shard=$SLURM_ARRAY_TASK_ID
shards=$SLURM_ARRAY_TASK_COUNT
file=$SWEEP/shard-$shard.jsonl

mkdir -p "$SWEEP"
# Renamed once it is whole, so that a job that was ended early leaves none that looks like it.
# shellcheck disable=SC2086 # LAB may be several words, as node dist/cli/main.js.
$LAB compare review-64mib --engine virtual --sweep "$SERIES" \
	--shard "$shard/$shards" >"$file.part"
mv "$file.part" "$file"
