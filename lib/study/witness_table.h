/* The witnesses as texts: experiments/witnesses/NAME.json, put into the program when it is built (witnesses.sh). */
#ifndef TRUSTREE_WITNESS_TABLE_H
#define TRUSTREE_WITNESS_TABLE_H

/* name, text, name, text, ..., NULL */
extern const char *const tt_witness_files[];

#endif
