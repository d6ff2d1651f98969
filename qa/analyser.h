/* What the analyser of qa/lint cannot see from one file: these return the status that they are given, or that of bad usage.
   Not read with the files that define them. */
#include "../lib/number/status.h"
#include "../lib/world/place.h"
#include "../src/cli.h"

#define tt_fail(error, status, ...) (tt_fail(error, status, __VA_ARGS__), (status))
#define tt_fail_at(error, status, ...) (tt_fail_at(error, status, __VA_ARGS__), (status))
#define tt_cli_bad(...) (tt_cli_bad(__VA_ARGS__), TT_EXIT_BAD)
