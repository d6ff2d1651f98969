/* Loaded before the program: makes it fail where it is told to.

   FAULTS_ALLOCATION=K  the K-th allocation of the program fails, from 1; those of GMP, MPFR and Jansson are not counted,
                        as the program ends at once where one of them fails
   FAULTS_LIST=FILE     writes the number of each allocation that comes from a place in the code from which none came
                        before, one per line
   FAULTS_GMP=K         the K-th allocation of those three fails
   FAULTS_SIGNAL=N      the program gets signal N when it is about to rename a file */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);

enum { FRAMES = 16, PLACES = 1 << 16 };

static bool started; /* main has */
static __thread int inside; /* GMP or Jansson, or this file */
static long calls, gmp_calls, fails_at, gmp_fails_at;
static FILE *list;
static uint64_t places[PLACES];

/* Whether the callers are new. */
static bool is_new_place(void)
{
    void *frames[FRAMES];
    int n = backtrace(frames, FRAMES);
    uint64_t hash = 1469598103934665603u;
    for (int k = 0; k < n; k++)
        hash = (hash ^ (uintptr_t)frames[k]) * 1099511628211u;
    for (size_t k = hash % PLACES;; k = (k + 1) % PLACES) {
        if (places[k] == hash)
            return false;
        if (places[k] == 0) {
            places[k] = hash;
            return true;
        }
    }
}

static bool refuse(void)
{
    bool refused;
    if (!started || inside)
        return false;
    refused = ++calls == fails_at;
    if (list) {
        inside++;
        if (is_new_place())
            fprintf(list, "%ld\n", calls);
        inside--;
    }
    if (refused)
        errno = ENOMEM;
    return refused;
}

void *malloc(size_t size)
{
    return refuse() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return refuse() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    return refuse() ? NULL : __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t n, size_t size)
{
    size_t all;
    if (refuse() || __builtin_mul_overflow(n, size, &all)) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_realloc(old, all);
}

/* ---- what the program gives to GMP and Jansson ---- */

static void *(*gmp_allocate)(size_t), *(*gmp_reallocate)(void *, size_t, size_t);
static void *(*jansson_allocate)(size_t);

/* As if the C library had nothing more to give to the program's own function. */
static void *guarded(void *(*allocate)(size_t), size_t size)
{
    void *memory;
    long at = fails_at;
    if (++gmp_calls == gmp_fails_at) {
        fails_at = calls + 1;
        memory = allocate(size);
        fails_at = at;
        return memory;
    }
    inside++;
    memory = allocate(size);
    inside--;
    return memory;
}

static void *allocate_for_gmp(size_t size)
{
    return guarded(gmp_allocate, size);
}

static void *allocate_for_jansson(size_t size)
{
    return guarded(jansson_allocate, size);
}

static void *reallocate_for_gmp(void *old, size_t old_size, size_t size)
{
    void *memory;
    inside++;
    memory = gmp_reallocate(old, old_size, size);
    inside--;
    return memory;
}

static long number(const char *name)
{
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

/* The first thing that main does. */
void __gmp_set_memory_functions(void *(*allocate)(size_t), void *(*reallocate)(void *, size_t, size_t),
                                void (*release)(void *, size_t));
void __gmp_set_memory_functions(void *(*allocate)(size_t), void *(*reallocate)(void *, size_t, size_t),
                                void (*release)(void *, size_t))
{
    void (*set)(void *(*)(size_t), void *(*)(void *, size_t, size_t), void (*)(void *, size_t));
    void *frames[1];
    *(void **)&set = dlsym(RTLD_NEXT, "__gmp_set_memory_functions");
    gmp_allocate = allocate;
    gmp_reallocate = reallocate;
    set(allocate_for_gmp, reallocate_for_gmp, release);
    fails_at = number("FAULTS_ALLOCATION");
    gmp_fails_at = number("FAULTS_GMP");
    if (getenv("FAULTS_LIST"))
        list = fopen(getenv("FAULTS_LIST"), "w");
    backtrace(frames, 1); /* loads what it needs */
    started = true;
}

void json_set_alloc_funcs(void *(*allocate)(size_t), void (*release)(void *));
void json_set_alloc_funcs(void *(*allocate)(size_t), void (*release)(void *))
{
    void (*set)(void *(*)(size_t), void (*)(void *));
    *(void **)&set = dlsym(RTLD_NEXT, "json_set_alloc_funcs");
    jansson_allocate = allocate;
    set(allocate_for_jansson, release);
}

/* ---- signals ---- */

int rename(const char *from, const char *to)
{
    int (*next)(const char *, const char *);
    *(void **)&next = dlsym(RTLD_NEXT, "rename");
    if (number("FAULTS_SIGNAL"))
        raise((int)number("FAULTS_SIGNAL"));
    return next(from, to);
}
