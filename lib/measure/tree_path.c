#include "tree_path.h"

#include <stdlib.h>
#include <string.h>

#define PROGRESS_EVERY 4096

tt_status tt_path_init(tt_path *path, const tt_row_source *source, const tt_measure_options *options, const char *work)
{
    memset(path, 0, sizeof *path);
    path->source = source;
    path->options = options;
    path->work = work;
    path->tokens = calloc(source->horizon, sizeof *path->tokens);
    path->steps = calloc(source->horizon + 1, sizeof *path->steps);
    if (!path->tokens || !path->steps)
        return TT_NO_MEMORY;
    for (size_t d = 0; d <= source->horizon; d++) {
        tt_path_step *step = &path->steps[d];
        mpz_inits(step->rollout, step->target, step->weighted, step->scale, NULL);
    }
    for (size_t d = 0; d < source->horizon; d++)
        if (tt_rows_buffer_init(&path->steps[d].buffer, source->vocab) != TT_OK)
            return TT_NO_MEMORY;
    path->total = (double)tt_row_source_nodes_ui(source) / (double)source->vocab;
    return TT_OK;
}

void tt_path_clear(tt_path *path)
{
    if (path->steps) {
        for (size_t d = 0; d <= path->source->horizon; d++) {
            tt_path_step *step = &path->steps[d];
            if (step->rollout->_mp_d)
                mpz_clears(step->rollout, step->target, step->weighted, step->scale, NULL);
            tt_rows_buffer_clear(&step->buffer);
        }
    }
    free(path->steps);
    free(path->tokens);
    memset(path, 0, sizeof *path);
}

void tt_path_start(tt_path *path, size_t prompt)
{
    tt_path_step *step = &path->steps[0];
    path->prompt = prompt;
    step->node = path->source->root(path->source->self, prompt);
    mpz_set_ui(step->rollout, 1);
    mpz_set_ui(step->target, 1);
    mpz_set_ui(step->weighted, 0);
    mpz_set_ui(step->scale, 1);
}

bool tt_path_open(tt_path *path, size_t depth)
{
    tt_path_step *step = &path->steps[depth];
    path->source->rows(path->source->self, step->node, depth, &step->rows, &step->buffer);
    if (++path->visited % PROGRESS_EVERY == 0 && path->options->progress && !path->stopped) {
        double done = (double)path->visited / path->total;
        path->stopped = !path->options->progress(path->options->progress_context, path->work, done < 1 ? done : 1);
    }
    return !path->stopped;
}

void tt_path_push_node(tt_path *path, size_t depth, size_t token)
{
    path->tokens[depth] = (uint32_t)token;
    path->steps[depth + 1].node =
        path->source->child(path->source->self, path->steps[depth].node, depth, token);
}

void tt_path_push(tt_path *path, size_t depth, size_t token)
{
    const tt_path_step *from = &path->steps[depth];
    tt_path_step *to = &path->steps[depth + 1];
    mpz_srcptr r = &from->rows.rollout[token], p = &from->rows.target[token];
    tt_path_push_node(path, depth, token);
    mpz_mul(to->weighted, from->weighted, r);
    mpz_addmul(to->weighted, from->rollout, p);
    mpz_mul(to->rollout, from->rollout, r);
    mpz_mul(to->target, from->target, p);
    mpz_mul(to->scale, from->scale, from->rows.total);
}

bool tt_path_reachable(const tt_path *path, size_t depth)
{
    const tt_path_step *step = &path->steps[depth];
    return mpz_sgn(step->rollout) != 0 || mpz_sgn(step->target) != 0;
}

bool tt_path_live(const tt_path *path, size_t depth)
{
    return tt_path_reachable(path, depth) || mpz_sgn(path->steps[depth].weighted) != 0;
}
