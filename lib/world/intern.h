/* Vectors of n integers, each kept once, for the floor's own use.

   Limbs and integers stand in one arena that only grows and never moves, so that
   an integer of one limb costs 24 bytes and pointers into it stay valid until
   _clear. Everything handed out is constant: a read-only mpz_t over the arena. */
#ifndef TRUSTREE_INTERN_H
#define TRUSTREE_INTERN_H

#include <gmp.h>
#include <stddef.h>
#include <stdint.h>

#include "../number/status.h"

/* The most vectors (or pairs, or nodes) that are numbered; numbers fit 32 bits. */
#define TT_INTERN_MAX ((size_t)UINT32_MAX - 1)
#define TT_INTERN_NONE UINT32_MAX

typedef struct {
    struct tt_arena_block *head;
    size_t next_size;
} tt_arena;

void tt_arena_init(tt_arena *arena);
void tt_arena_clear(tt_arena *arena);
/* Bytes aligned for pointers and limbs; NULL without memory. */
void *tt_arena_take(tt_arena *arena, size_t bytes);
/* Makes out a read-only copy of value with its limbs in the arena. */
TT_MUST_CHECK tt_status tt_arena_copy(__mpz_struct *out, tt_arena *arena, mpz_srcptr value);

/* A hash table of numbers 0, 1, ... that something else gives a meaning to. */
typedef struct {
    uint32_t *slots; /* number or TT_INTERN_NONE; a power of two of them */
    size_t size, used;
} tt_index;

typedef uint64_t tt_index_hash(const void *context, uint32_t number);

void tt_index_init(tt_index *index);
void tt_index_clear(tt_index *index);
/* Makes room for one more entry, with which hash() must agree. */
TT_MUST_CHECK tt_status tt_index_reserve(tt_index *index, tt_index_hash *hash, const void *context);
/* Spreads the bits of a hash over the whole word. */
uint64_t tt_hash_mix(uint64_t hash, uint64_t value);

typedef struct {
    size_t n;
    size_t count, room;
    struct tt_intern_entry *entries;
    tt_index index;
    tt_arena arena;
} tt_intern;

void tt_intern_init(tt_intern *intern, size_t n);
void tt_intern_clear(tt_intern *intern);
/* The number of the vector of these n integers, the same for equal vectors. TT_NO_MEMORY, TT_LIMIT. */
TT_MUST_CHECK tt_status tt_intern_add(size_t *number, tt_intern *intern, const __mpz_struct *values);
/* The n integers of a vector. */
const __mpz_struct *tt_intern_get(const tt_intern *intern, size_t number);

/* Doubles the room of an array of `size`-byte items so that it holds at least `need`. */
TT_MUST_CHECK tt_status tt_grow(void *array, size_t *room, size_t need, size_t size);

#endif
