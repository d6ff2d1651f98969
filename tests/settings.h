/* What a person may ask of every test program, through the environment:

   TT_TEST_SEED    first seed of generated cases (decimal; default: the program's own)
   TT_TEST_EFFORT  how many times the default number of cases (decimal, 1..1000000; default 1)

   A malformed value ends the program with status 99, which Automake counts as a hard error. */
#ifndef TRUSTREE_TEST_SETTINGS_H
#define TRUSTREE_TEST_SETTINGS_H

#include <stdint.h>

uint64_t test_seed(uint64_t fallback);
uint64_t test_effort(void);

#endif
