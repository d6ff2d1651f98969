/* Which shard of a campaign this process is. */
#ifndef TRUSTREE_SHARD_H
#define TRUSTREE_SHARD_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t index, count; /* index < count */
} tt_shard;

/* Reads "I/N", or, for "auto", the environment:

     tasks of a Slurm array   SLURM_ARRAY_TASK_ID, _MIN, _STEP (1 where unset), _COUNT
     ranks                    the first of OMPI_COMM_WORLD_RANK and _SIZE, PMI_RANK and _SIZE,
                              SLURM_PROCID and SLURM_STEP_NUM_TASKS or SLURM_NTASKS that has both

   With both, ranks divide each array task: index = task * ranks + rank. False after a message. */
bool tt_shard_read(tt_shard *out, const char *text);

/* `path` with {shard} replaced by "I-of-N"; the caller frees it, NULL without memory. */
char *tt_shard_path(const char *path, tt_shard shard);

#endif
