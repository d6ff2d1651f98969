#include "intern.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_FIRST ((size_t)1 << 10)
#define BLOCK_LARGEST ((size_t)1 << 20)
#define SLOTS_FIRST 16

struct tt_arena_block {
    struct tt_arena_block *next;
    size_t used, size;
};

struct tt_intern_entry {
    const __mpz_struct *values;
    uint64_t hash;
};

void tt_arena_init(tt_arena *arena)
{
    arena->head = NULL;
    arena->next_size = BLOCK_FIRST;
}

void tt_arena_clear(tt_arena *arena)
{
    while (arena->head) {
        struct tt_arena_block *next = arena->head->next;
        free(arena->head);
        arena->head = next;
    }
}

static struct tt_arena_block *new_block(size_t size)
{
    struct tt_arena_block *block = malloc(sizeof *block + size);
    if (block) {
        block->used = 0;
        block->size = size;
    }
    return block;
}

void *tt_arena_take(tt_arena *arena, size_t bytes)
{
    const size_t unit = sizeof(mp_limb_t) > sizeof(void *) ? sizeof(mp_limb_t) : sizeof(void *);
    struct tt_arena_block *block = arena->head;
    void *room;
    bytes = (bytes + unit - 1) / unit * unit;
    if (!block || block->size - block->used < bytes) {
        block = new_block(bytes > arena->next_size ? bytes : arena->next_size);
        if (!block)
            return NULL;
        block->next = arena->head;
        arena->head = block;
        if (arena->next_size < BLOCK_LARGEST)
            arena->next_size *= 2;
    }
    room = (char *)(block + 1) + block->used;
    block->used += bytes;
    return room;
}

/* Makes out a read-only copy of value with its limbs at `room`, and returns the end of them; 0 has one limb too. */
static mp_limb_t *copy_limbs(__mpz_struct *out, mp_limb_t *room, mpz_srcptr value)
{
    size_t limbs = mpz_size(value);
    room[0] = 0;
    if (limbs)
        memcpy(room, mpz_limbs_read(value), limbs * sizeof *room);
    mpz_roinit_n(out, room, mpz_sgn(value) < 0 ? -(mp_size_t)limbs : (mp_size_t)limbs);
    return room + (limbs ? limbs : 1);
}

tt_status tt_arena_copy(__mpz_struct *out, tt_arena *arena, mpz_srcptr value)
{
    size_t limbs = mpz_size(value);
    mp_limb_t *room = tt_arena_take(arena, (limbs ? limbs : 1) * sizeof *room);
    if (!room)
        return TT_NO_MEMORY;
    copy_limbs(out, room, value);
    return TT_OK;
}

tt_status tt_grow(void *array, size_t *room, size_t need, size_t size)
{
    void *old, *grown;
    size_t larger = *room ? *room : 4;
    if (need <= *room)
        return TT_OK;
    while (larger < need)
        larger *= 2;
    memcpy(&old, array, sizeof old);
    grown = reallocarray(old, larger, size);
    if (!grown)
        return TT_NO_MEMORY;
    memcpy(array, &grown, sizeof grown);
    *room = larger;
    return TT_OK;
}

void tt_index_init(tt_index *index)
{
    index->slots = NULL;
    index->size = index->used = 0;
}

void tt_index_clear(tt_index *index)
{
    free(index->slots);
    tt_index_init(index);
}

uint64_t tt_hash_mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

tt_status tt_index_reserve(tt_index *index, tt_index_hash *hash, const void *context)
{
    size_t size = index->size ? 2 * index->size : SLOTS_FIRST;
    uint32_t *slots;
    if (2 * (index->used + 1) <= index->size)
        return TT_OK;
    if (index->used >= TT_INTERN_MAX)
        return TT_LIMIT;
    slots = calloc(size, sizeof *slots);
    if (!slots)
        return TT_NO_MEMORY;
    memset(slots, 0xff, size * sizeof *slots);
    for (size_t k = 0; k < index->size; k++) {
        size_t at;
        if (index->slots[k] == TT_INTERN_NONE)
            continue;
        at = (size_t)hash(context, index->slots[k]) & (size - 1);
        while (slots[at] != TT_INTERN_NONE)
            at = (at + 1) & (size - 1);
        slots[at] = index->slots[k];
    }
    free(index->slots);
    index->slots = slots;
    index->size = size;
    return TT_OK;
}

void tt_intern_init(tt_intern *intern, size_t n)
{
    intern->n = n;
    intern->count = intern->room = 0;
    intern->entries = NULL;
    tt_index_init(&intern->index);
    tt_arena_init(&intern->arena);
}

void tt_intern_clear(tt_intern *intern)
{
    free(intern->entries);
    tt_index_clear(&intern->index);
    tt_arena_clear(&intern->arena);
}

static uint64_t hash_values(const __mpz_struct *values, size_t n)
{
    uint64_t hash = 0;
    for (size_t k = 0; k < n; k++) {
        size_t limbs = mpz_size(&values[k]);
        const mp_limb_t *limb = mpz_limbs_read(&values[k]);
        hash = tt_hash_mix(hash, limbs);
        for (size_t i = 0; i < limbs; i++)
            hash = tt_hash_mix(hash, limb[i]);
    }
    return hash;
}

static uint64_t entry_hash(const void *context, uint32_t number)
{
    const tt_intern *intern = context;
    return intern->entries[number].hash;
}

static int same_values(const __mpz_struct *a, const __mpz_struct *b, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (mpz_cmp(&a[k], &b[k]) != 0)
            return 0;
    return 1;
}

static const __mpz_struct *copy_values(tt_intern *intern, const __mpz_struct *values)
{
    size_t limbs = 0;
    __mpz_struct *copy;
    mp_limb_t *room;
    for (size_t k = 0; k < intern->n; k++)
        limbs += mpz_size(&values[k]) ? mpz_size(&values[k]) : 1;
    copy = tt_arena_take(&intern->arena, intern->n * sizeof *copy + limbs * sizeof *room);
    if (!copy)
        return NULL;
    room = (mp_limb_t *)(void *)(copy + intern->n);
    for (size_t k = 0; k < intern->n; k++)
        room = copy_limbs(&copy[k], room, &values[k]);
    return copy;
}

tt_status tt_intern_add(size_t *number, tt_intern *intern, const __mpz_struct *values)
{
    uint64_t hash = hash_values(values, intern->n);
    tt_index *index = &intern->index;
    const __mpz_struct *copy;
    size_t at;
    tt_status status = tt_index_reserve(index, entry_hash, intern);
    if (status != TT_OK)
        return status;
    for (at = (size_t)hash & (index->size - 1); index->slots[at] != TT_INTERN_NONE; at = (at + 1) & (index->size - 1)) {
        const struct tt_intern_entry *entry = &intern->entries[index->slots[at]];
        if (entry->hash == hash && same_values(entry->values, values, intern->n)) {
            *number = index->slots[at];
            return TT_OK;
        }
    }
    status = tt_grow(&intern->entries, &intern->room, intern->count + 1, sizeof *intern->entries);
    copy = status == TT_OK ? copy_values(intern, values) : NULL;
    if (!copy)
        return TT_NO_MEMORY;
    intern->entries[intern->count].values = copy;
    intern->entries[intern->count].hash = hash;
    index->slots[at] = (uint32_t)intern->count;
    index->used++;
    *number = intern->count++;
    return TT_OK;
}

const __mpz_struct *tt_intern_get(const tt_intern *intern, size_t number)
{
    return intern->entries[number].values;
}
