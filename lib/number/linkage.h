/* For callers in C++: every public header stands between these. */
#ifndef TRUSTREE_LINKAGE_H
#define TRUSTREE_LINKAGE_H

/* Begins and ends what has the linkage of C. */
#ifdef __cplusplus
#define TT_BEGIN_C extern "C" {
#define TT_END_C }
#else
#define TT_BEGIN_C
#define TT_END_C
#endif

#endif
