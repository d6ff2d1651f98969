#include "random.h"

#include <stdlib.h>

typedef struct {
    uint64_t word[4];
} state;

/* gsl_rng_alloc ends the program where there is no memory. */
struct tt_random {
    gsl_rng generator;
    state state;
    uint64_t index;
};

/* The finaliser of SplitMix64: a bijection of 64-bit words whose output bits all depend on all input bits. */
static uint64_t mix(uint64_t word)
{
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

static uint64_t rotate(uint64_t word, int by)
{
    return word << by | word >> (64 - by);
}

/* Four rounds of a Feistel network take (seed, index) to two words, one to one and with every bit dependent on every
   bit. The other two words are functions of these and not both 0 with them, as mix(constant) is not 0. */
static void start(state *s, uint64_t seed, uint64_t index)
{
    const uint64_t golden = UINT64_C(0x9e3779b97f4a7c15); /* 2^64 / golden ratio, odd */
    uint64_t a = seed, b = index;
    for (uint64_t round = 1; round <= 4; round++) {
        uint64_t next = a ^ mix(b + round * golden);
        a = b;
        b = next;
    }
    s->word[0] = a;
    s->word[1] = b;
    s->word[2] = mix(a + rotate(b, 32) + 5 * golden);
    s->word[3] = mix(b + rotate(a, 32) + 6 * golden);
}

static uint64_t next_word(state *s)
{
    uint64_t *w = s->word, out = rotate(w[1] * 5, 7) * 9, kept = w[1] << 17;
    w[2] ^= w[0];
    w[3] ^= w[1];
    w[1] ^= w[2];
    w[0] ^= w[3];
    w[2] ^= kept;
    w[3] = rotate(w[3], 45);
    return out;
}

/* ---- as a generator of GSL ---- */

static void set(void *s, unsigned long seed)
{
    start(s, seed, 0);
}

static unsigned long get(void *s)
{
    return (unsigned long)(next_word(s) >> 32);
}

static double get_double(void *s)
{
    return (double)(next_word(s) >> 11) * 0x1p-53;
}

static const gsl_rng_type type = { "xoshiro256**", UINT32_MAX, 0, sizeof(state), set, get, get_double };

const gsl_rng_type *const tt_random_type = &type;

/* ---- streams ---- */

tt_status tt_random_new(tt_random **out, uint64_t seed, uint64_t index)
{
    tt_random *random = malloc(sizeof *random);
    *out = NULL;
    if (!random)
        return TT_NO_MEMORY;
    random->generator = (gsl_rng){ tt_random_type, &random->state };
    tt_random_restart(random, seed, index);
    *out = random;
    return TT_OK;
}

void tt_random_restart(tt_random *random, uint64_t seed, uint64_t index)
{
    random->index = index;
    start(&random->state, seed, index);
}

void tt_random_free(tt_random *random)
{
    free(random);
}

uint64_t tt_random_index(const tt_random *random)
{
    return random->index;
}

gsl_rng *tt_random_gsl(tt_random *random)
{
    return &random->generator;
}

unsigned long tt_random_between(tt_random *random, unsigned long low, unsigned long high)
{
    return low + gsl_rng_uniform_int(&random->generator, high - low + 1);
}

uint64_t tt_random_word(tt_random *random)
{
    return next_word(&random->state);
}

void tt_random_choose(size_t *out, size_t k, tt_random *random, size_t n)
{
    /* Knuth's selection sampling: each number is taken with probability (still wanted) / (still to come) */
    for (size_t i = 0, taken = 0; taken < k; i++)
        if (tt_random_between(random, 0, n - i - 1) < k - taken)
            out[taken++] = i;
}
