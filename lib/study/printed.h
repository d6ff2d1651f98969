/* A number as a text prints it, and whether a value rounds to it.

   The printed text alone fixes what is asked: its digits give the number, and the place of its last
   digit gives the rounding.
   "35.0", "1677"   : the last digit's place is the rounding unit
   "1.68e7"         : the mantissa's digits are the significant ones, so "1.00e6" begins at 9.995e5
   "200x"           : a factor; zeros at the end of an integer factor are not significant
   "<1e-7"          : value < number
   "<= 35.0", "up to 200x" : value <= number */
#ifndef TRUSTREE_PRINTED_H
#define TRUSTREE_PRINTED_H

#include "../catalogue/evaluation.h"
#include "../number/linkage.h"

TT_BEGIN_C

/* What a print says of a value. */
typedef enum {
    TT_PRINTED_ROUNDED, /* the value, rounded */
    TT_PRINTED_BELOW,   /* value < number */
    TT_PRINTED_AT_MOST  /* value <= number */
} tt_printed_kind;

/* A print that was read. */
typedef struct {
    tt_printed_kind kind; /* what it says */
    mpq_t number;     /* as printed, canonical */
    mpq_t unit;       /* one step of the last significant place */
    bool significant; /* digits are counted from the first one on, not from the decimal point */
} tt_printed;

/* The number 0, to be parsed into; tt_printed_clear frees what it holds. */
void tt_printed_init(tt_printed *printed);
void tt_printed_clear(tt_printed *printed);

/* Reads a print.
   text: [`<` | `<=` | `up to`] [`-`] digits [`.` digits] [`e` [`-`] digits] [`x`], blanks after the
   relation
   fails: TT_BAD_INPUT on anything else */
TT_MUST_CHECK tt_status tt_printed_parse(tt_printed *printed, const char *text, tt_error *error);

/* Whether the value rounds to the print. For an inequality both say whether it holds. half_up: ties go away from zero;
   half_even: ties go to the even last digit. TT_NULL where the enclosure of the value does not decide. */
void tt_printed_rounds(tt_answer *half_up, tt_answer *half_even, const tt_printed *printed, const tt_real *value);

/* Yes where one is yes; no where both are no; else null. */
tt_answer tt_answer_or(tt_answer a, tt_answer b);

TT_END_C

#endif
