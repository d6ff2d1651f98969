/* Whether the engines' kernels on machine integers are there: they need limbs and longs of 64 bits and integers of 128.
   Where they are not, configure leaves them out and the general routes answer. */
#ifndef TRUSTREE_MACHINE_H
#define TRUSTREE_MACHINE_H

#include <gmp.h>
#include <limits.h>

#if GMP_NUMB_BITS == 64 && ULONG_MAX > 0xffffffffUL && defined(__SIZEOF_INT128__)
#define TT_MACHINE_KERNELS 1
#endif

#endif
