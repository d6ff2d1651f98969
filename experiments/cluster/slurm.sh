#!/bin/sh
# A campaign as a Slurm array; each task is a shard, resumes by itself after a requeue, and needs no MPI.
#   sbatch --array=0-99 slurm.sh FOLDER --count N [OPTION OF verify]...
# Once all tasks are done:
#   trustree merge FOLDER/*-of-100.json --out FOLDER/campaign.json --format text
# With `exec srun trustree ...` and --ntasks=K, the K ranks of a task share its part: K times as many shards.
#SBATCH --job-name=trustree
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=4
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --signal=B:TERM@60
set -eu
folder=$1
shift
mkdir -p "$folder"
exec trustree verify "$@" --shard auto --threads "${SLURM_CPUS_PER_TASK:-1}" \
    --resume "$folder/{shard}.journal" --out "$folder/{shard}.json"
