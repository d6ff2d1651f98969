/* Reads an instance and prints whether each bound of the catalogue holds on it.

       cc judge.c $(pkg-config --cflags --libs trustree) -o judge
       ./judge instance.json

   Exit status: 0 none is violated; 1 one is; 2 bad usage or input; 3 a limit was reached or a verdict is undecided. */
#include <stdio.h>
#include <trustree/evaluate.h>
#include <trustree/instance_json.h>

static int print_bounds(const tt_judgement *judgement)
{
    const tt_evaluation *evaluation = &judgement->evaluation;
    int status = judgement->status == TT_LIMIT ? 3 : 0;
    for (size_t k = 0; k < tt_bound_count(); k++) {
        const tt_bound_result *result = &evaluation->bounds[k];
        printf("%s %s\n", result->bound->id, tt_verdict_name(result->verdict));
        if (result->verdict == TT_VIOLATED)
            status = 1;
        else if (result->verdict == TT_UNDECIDED && status == 0)
            status = 3;
    }
    return status;
}

/* The error that a function of the library filled, as one line. */
static int complain(const char *file, const tt_error *error)
{
    fprintf(stderr, "%s: %s%s%s\n", file, error->where, *error->where ? ": " : "", error->what);
    return 2;
}

static int judge(const char *file, const tt_instance *instance)
{
    tt_evaluate_options options;
    tt_judgement judgement;
    tt_row_source source;
    tt_subject subject;
    tt_error error;
    int status;
    tt_subject_of_instance(&subject, &source, instance);
    tt_evaluate_options_init(&options);
    if (tt_judge(&judgement, &subject, &options, &error) == TT_OK)
        status = print_bounds(&judgement);
    else
        status = complain(file, &error);
    tt_judgement_clear(&judgement);
    tt_evaluate_options_clear(&options);
    return status;
}

int main(int argc, char **argv)
{
    tt_instance *instance;
    tt_error error;
    int status;
    if (argc != 2) {
        fputs("usage: judge INSTANCE\n", stderr);
        return 2;
    }
    if (tt_instance_read(&instance, argv[1], &error) != TT_OK)
        return complain(argv[1], &error);
    status = judge(argv[1], instance);
    tt_instance_free(instance);
    return status;
}
