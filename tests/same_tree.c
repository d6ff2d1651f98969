#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "same_tree.h"

void same_fraction(mpz_srcptr a, mpz_srcptr a_total, mpz_srcptr b, mpz_srcptr b_total)
{
    mpz_t left, right;
    mpz_inits(left, right, NULL);
    mpz_mul(left, a, b_total);
    mpz_mul(right, b, a_total);
    assert_int_equal(mpz_cmp(left, right), 0);
    mpz_clears(left, right, NULL);
}

/* Returns how many nodes it saw. */
static size_t same_below(const tt_row_source *a, uint64_t x, const tt_row_source *b, uint64_t y, size_t depth)
{
    tt_rows p, q;
    size_t seen = 1;
    if (depth == a->horizon) {
        mpq_t r, s;
        mpq_inits(r, s, NULL);
        a->reward(a->self, x, r);
        b->reward(b->self, y, s);
        assert_true(mpq_equal(r, s));
        mpq_clears(r, s, NULL);
        return seen;
    }
    a->rows(a->self, x, depth, &p, NULL);
    b->rows(b->self, y, depth, &q, NULL);
    assert_int_equal(p.equal, q.equal);
    for (size_t v = 0; v < a->vocab; v++) {
        same_fraction(&p.rollout[v], p.total, &q.rollout[v], q.total);
        same_fraction(&p.target[v], p.total, &q.target[v], q.total);
        seen += same_below(a, a->child(a->self, x, depth, v), b, b->child(b->self, y, depth, v), depth + 1);
    }
    return seen;
}

void same_tree(const tt_row_source *a, const tt_row_source *b)
{
    size_t seen = 0;
    assert_int_equal(a->vocab, b->vocab);
    assert_int_equal(a->horizon, b->horizon);
    assert_int_equal(a->prompts, b->prompts);
    for (size_t x = 0; x < a->prompts; x++) {
        assert_true(mpq_equal(a->prompt(a->self, x), b->prompt(b->self, x)));
        seen += same_below(a, a->root(a->self, x), b, b->root(b->self, x), 0);
    }
    assert_int_equal(seen, tt_row_source_nodes_ui(a));
}
