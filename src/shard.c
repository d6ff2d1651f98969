#include "shard.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/study/coverage.h"
#include "cli.h"

static const tt_shard everything = { 0, 1 };

/* A variable as a number; *found is false where it is not set. False after a message. */
static bool read_variable(uint64_t *out, bool *found, const char *name)
{
    const char *text = getenv(name);
    *found = text && *text;
    if (!*found || tt_cli_whole_number(out, text))
        return true;
    tt_cli_bad("--shard auto: %s is %s, which is no whole number", name, text);
    return false;
}

/* The task of a Slurm array. */
static bool read_array(tt_shard *out, bool *found)
{
    uint64_t id, low = 0, step = 1, count;
    bool has_id, has_low, has_step, has_count;
    *found = false;
    if (!read_variable(&id, &has_id, "SLURM_ARRAY_TASK_ID") || !read_variable(&low, &has_low, "SLURM_ARRAY_TASK_MIN") ||
        !read_variable(&step, &has_step, "SLURM_ARRAY_TASK_STEP") ||
        !read_variable(&count, &has_count, "SLURM_ARRAY_TASK_COUNT"))
        return false;
    if (!has_id)
        return true;
    if (!has_low || !has_count) {
        tt_cli_bad("--shard auto: SLURM_ARRAY_TASK_ID is set, but not SLURM_ARRAY_TASK_MIN and _COUNT");
        return false;
    }
    if (step == 0 || count == 0 || id < low || (id - low) % step != 0 || (id - low) / step >= count) {
        tt_cli_bad("--shard auto: SLURM_ARRAY_TASK_ID %" PRIu64 " is none of %" PRIu64 " tasks from %" PRIu64
                   " in steps of %" PRIu64,
                   id, count, low, step);
        return false;
    }
    *out = (tt_shard){ (id - low) / step, count };
    *found = true;
    return true;
}

/* The rank among the processes that were started together. */
static bool read_rank(tt_shard *out, bool *found)
{
    static const char *const pairs[][2] = {
        { "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE" },
        { "PMI_RANK", "PMI_SIZE" },
        { "SLURM_PROCID", "SLURM_STEP_NUM_TASKS" },
        { "SLURM_PROCID", "SLURM_NTASKS" },
    };
    *found = false;
    for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++) {
        bool has_rank, has_size;
        tt_shard rank;
        if (!read_variable(&rank.index, &has_rank, pairs[k][0]) || !read_variable(&rank.count, &has_size, pairs[k][1]))
            return false;
        if (!has_rank || !has_size)
            continue;
        if (rank.index >= rank.count) {
            tt_cli_bad("--shard auto: %s is %" PRIu64 ", not below %s, %" PRIu64, pairs[k][0], rank.index, pairs[k][1],
                       rank.count);
            return false;
        }
        *out = rank;
        *found = true;
        return true;
    }
    return true;
}

static bool read_environment(tt_shard *out)
{
    tt_shard task = everything, rank = everything;
    bool has_task, has_rank;
    if (!read_array(&task, &has_task) || !read_rank(&rank, &has_rank))
        return false;
    if (!has_task && !has_rank) {
        tt_cli_bad("--shard auto: neither a Slurm array nor a rank with its size of srun, Open MPI or PMI is set");
        return false;
    }
    if (task.count > TT_MODULUS_MAX || rank.count > TT_MODULUS_MAX / task.count) {
        tt_cli_bad("--shard auto: more than %" PRIu64 " shards", TT_MODULUS_MAX);
        return false;
    }
    *out = (tt_shard){ task.index * rank.count + rank.index, task.count * rank.count };
    return true;
}

bool tt_shard_read(tt_shard *out, const char *text)
{
    const char *slash = strchr(text, '/');
    char *first;
    bool good;
    if (strcmp(text, "auto") == 0)
        return read_environment(out);
    first = slash ? strndup(text, (size_t)(slash - text)) : NULL;
    good = first && tt_cli_whole_number(&out->index, first) && tt_cli_whole_number(&out->count, slash + 1) &&
           out->index < out->count && out->count <= TT_MODULUS_MAX;
    free(first);
    if (!good)
        tt_cli_bad("--shard: %s is neither auto nor I/N with I < N, N at most %" PRIu64, text, TT_MODULUS_MAX);
    return good;
}

char *tt_shard_path(const char *path, tt_shard shard)
{
    static const char mark[] = "{shard}";
    const char *at = strstr(path, mark);
    char *text;
    if (!at)
        return strdup(path);
    if (asprintf(&text, "%.*s%" PRIu64 "-of-%" PRIu64 "%s", (int)(at - path), path, shard.index, shard.count,
                 at + strlen(mark)) < 0)
        return NULL;
    return text;
}
