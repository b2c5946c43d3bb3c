/* The machine: runs machine code (assemble.py) on blocks of rows. Each instruction is a loop over the rows of a block, and
   the loops are compiled for several kinds of CPU, of which the fastest that there is runs. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "kernels_of_programs.h"

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define FOR_EACH_CPU __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_EACH_CPU
#endif
#define INLINE static inline __attribute__((always_inline))

enum { BLOCK = 128, LANES = 8, LEVELS = 56 };

/* Functions, without branches so that loops over them are vectorised; within 2 units in the last place. */

INLINE double of_bits(int64_t bits) { double x; memcpy(&x, &bits, 8); return x; }
INLINE int64_t bits_of(double x) { int64_t bits; memcpy(&bits, &x, 8); return bits; }

static const double SHIFT = 0x1.8p52; /* x + SHIFT has the nearest whole number to x in its low bits */

INLINE double power_of_two(double n_shifted) { return of_bits((int64_t)(((uint64_t)bits_of(n_shifted) + 1023) << 52)); }

/* exp(x) - 1 for x - n log 2, where n is the nearest whole number to x / log 2 (Cody, Waite 1980), and n + SHIFT */
INLINE double reduced(double x, double *n) {
    const double t = x * 0x1.71547652b82fep0 + SHIFT;
    *n = t - SHIFT;
    const double r = (x - *n * 0x1.62e42fee00000p-1) - *n * 0x1.a39ef35793c76p-33;
    const double q = 1.0 / 2 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120 + r * (1.0 / 720 + r * (1.0 / 5040 + r * (1.0 / 40320
        + r * (1.0 / 362880 + r * (1.0 / 3628800 + r * (1.0 / 39916800 + r * (1.0 / 479001600 + r * (1.0 / 6227020800.0)))))))))));
    return r + r * r * q;
}

INLINE double fast_exp(double x) {
    double n;
    x = x > 711.0 ? 711.0 : x < -750.0 ? -750.0 : x;
    const double p = reduced(x, &n);
    const double half = n * 0.5 + SHIFT, other = (n - (half - SHIFT)) + SHIFT; /* two steps, so that 2^n may be denormal */
    return (1.0 + p) * power_of_two(half) * power_of_two(other);
}

INLINE double fast_expm1(double x) {
    double n;
    const double big = fast_exp(x) - 1.0, near = x > 38.0 ? 38.0 : x < -38.0 ? -38.0 : x;
    const double p = reduced(near, &n), scale = power_of_two(n + SHIFT);
    const double small = p * scale + (scale - 1.0);
    return x == 0.0 ? x : fabs(x) < 38.0 ? small : big;
}

INLINE double fast_log(double x) { /* x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2); the series is that of atanh */
    const int tiny = x < 0x1p-1022;
    const uint64_t one = bits_of(1.0), root = bits_of(0.70710678118654752440);
    const uint64_t shifted = (uint64_t)bits_of(tiny ? x * 0x1p54 : x) + (one - root);
    const double k = of_bits((shifted >> 52) | 0x4330000000000000) - (0x1p52 + 1023.0) - (tiny ? 54.0 : 0.0);
    const double f = of_bits((shifted & 0x000fffffffffffff) + root) - 1.0;
    const double s = f / (2.0 + f), z = s * s, half = 0.5 * f * f;
    const double series = z * (2.0 / 3 + z * (2.0 / 5 + z * (2.0 / 7 + z * (2.0 / 9 + z * (2.0 / 11 + z * (2.0 / 13
        + z * (2.0 / 15 + z * (2.0 / 17 + z * (2.0 / 19 + z * (2.0 / 21))))))))));
    const double y = k * 0x1.62e42fee00000p-1 - ((half - (s * (half + series) + k * 0x1.a39ef35793c76p-33)) - f);
    return x > 0.0 ? (x < INFINITY ? y : x) : x == 0.0 ? -INFINITY : NAN;
}

INLINE double fast_log1p(double x) {
    const double u = 1.0 + x, y = fast_log(u) + (x - (u - 1.0)) / u; /* what 1 + x lost, put back to first order */
    return x == 0.0 || x == INFINITY ? x : x == -1.0 ? -INFINITY : y;
}

INLINE double fast_tanh(double x) {
    const double a = fabs(x), t = fast_expm1(2.0 * (a > 22.0 ? 22.0 : a)), y = t / (t + 2.0);
    return copysign(y, x);
}

/* Eight numbers at a time. */
typedef double lanes __attribute__((vector_size(64)));
typedef int64_t mask __attribute__((vector_size(64)));
typedef double in_memory __attribute__((vector_size(64), aligned(8), may_alias));
INLINE lanes at_(const double *column) { return *(const in_memory *)column; }
INLINE lanes each(double x) { return (lanes){0} + x; }
#define AT(column, i) at_((column) + (i))

INLINE double sum_of(lanes v) { return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7])); }

typedef struct {
    const int32_t *code;
    long length;
    double *registers, *table; /* registers of `width` numbers each */
    long width;
    const double *rows; /* the first row of the block */
    long n_inputs;
    double *values, *sums; /* what is wanted for each row; the sums over the block's rows, from 0 on */
    long n_values;
} work;

/* The three ways to run code: on one row, on `n` rows, or on runs of neighbours in the table. */
enum { SINGLE, ROWS, RUNS };

INLINE void dot(const int32_t *at, const double *registers, const double *table, long width, double *out, long n,
                const int a_column, const int c_column) {
#define FACTOR(k, i) (a_column ? AT(registers + at[k] * width, i) : each(table[at[k]]))
    const int pairs = at[2];
    long i = 0;
    for (; i + 4 * LANES <= n; i += 4 * LANES) {
        lanes s0, s1, s2, s3;
        if (c_column) {
            const double *c = registers + at[3] * width + i;
            s0 = AT(c, 0), s1 = AT(c, 8), s2 = AT(c, 16), s3 = AT(c, 24);
        } else
            s0 = s1 = s2 = s3 = each(table[at[3]]);
        for (int k = 4; k < 4 + 2 * pairs; k += 2) {
            const double *b = registers + at[k + 1] * width + i;
            s0 += FACTOR(k, i) * AT(b, 0), s1 += FACTOR(k, i + 8) * AT(b, 8);
            s2 += FACTOR(k, i + 16) * AT(b, 16), s3 += FACTOR(k, i + 24) * AT(b, 24);
        }
        in_memory *o = (in_memory *)(out + i);
        o[0] = s0, o[1] = s1, o[2] = s2, o[3] = s3;
    }
    for (; i < n; i += LANES) {
        lanes s = c_column ? AT(registers + at[3] * width, i) : each(table[at[3]]);
        for (int k = 4; k < 4 + 2 * pairs; k += 2)
            s += FACTOR(k, i) * AT(registers + at[k + 1] * width, i);
        *(in_memory *)(out + i) = s;
    }
#undef FACTOR
}

INLINE double dot_of_one(const int32_t *at, const double *registers, const double *table, const int a_column, const int c_column) {
    const int32_t *pair = at + 4, *const end = pair + 2 * at[2];
    const double *const a = a_column ? registers : table;
    double s = c_column ? registers[at[3]] : table[at[3]], t = 0.0, u = 0.0, v = 0.0;
    for (; end - pair >= 8; pair += 8) { /* four sums, because each addition waits for the one before */
        s += a[pair[0]] * registers[pair[1]], t += a[pair[2]] * registers[pair[3]];
        u += a[pair[4]] * registers[pair[5]], v += a[pair[6]] * registers[pair[7]];
    }
    for (; pair < end; pair += 2)
        s += a[pair[0]] * registers[pair[1]];
    return (s + t) + (u + v);
}

/* The sums over n rows of x * y, for four y at a time. Rows beyond n, up to a multiple of LANES, are left out. */
INLINE void total_products(const int32_t *at, const double *registers, long width, double *sums, long n) {
    const int count = at[1];
    const double *x = registers + at[2] * width;
    const long whole = n & ~(long)(LANES - 1);
    const mask present = (mask){0, 1, 2, 3, 4, 5, 6, 7} < (int64_t)(n - whole) + (mask){0};
#define ONLY(v) ((lanes)((mask)(v) & present))
    int k = 3;
    for (; k + 8 <= 3 + 2 * count; k += 8) {
        const double *p = registers + at[k + 1] * width, *q = registers + at[k + 3] * width;
        const double *r = registers + at[k + 5] * width, *s = registers + at[k + 7] * width;
        lanes a = {0}, b = {0}, c = {0}, d = {0};
        for (long i = 0; i < whole; i += LANES) {
            const lanes v = AT(x, i);
            a += v * AT(p, i), b += v * AT(q, i), c += v * AT(r, i), d += v * AT(s, i);
        }
        if (whole < n) {
            const lanes v = AT(x, whole);
            a += ONLY(v * AT(p, whole)), b += ONLY(v * AT(q, whole)), c += ONLY(v * AT(r, whole)), d += ONLY(v * AT(s, whole));
        }
        sums[at[k]] += sum_of(a), sums[at[k + 2]] += sum_of(b), sums[at[k + 4]] += sum_of(c), sums[at[k + 6]] += sum_of(d);
    }
    for (; k < 3 + 2 * count; k += 2) {
        const double *p = registers + at[k + 1] * width;
        lanes a = {0};
        for (long i = 0; i < whole; i += LANES)
            a += AT(x, i) * AT(p, i);
        if (whole < n)
            a += ONLY(AT(x, whole) * AT(p, whole));
        sums[at[k]] += sum_of(a);
    }
}

INLINE void products_of_one(const int32_t *at, const double *registers, double *sums) {
    const double x = registers[at[2]];
    for (const int32_t *pair = at + 3, *const end = pair + 2 * at[1]; pair < end; pair += 2)
        sums[pair[0]] += x * registers[pair[1]];
}

INLINE double total(const double *x, long n) {
    const long whole = n & ~(long)(LANES - 1);
    const mask present = (mask){0, 1, 2, 3, 4, 5, 6, 7} < (int64_t)(n - whole) + (mask){0};
    lanes a = {0};
    for (long i = 0; i < whole; i += LANES)
        a += AT(x, i);
    if (whole < n)
        a += ONLY(AT(x, whole));
    return sum_of(a);
}

#define COLUMN(k) (registers + at[k] * width)
#define NUMBER(k) (table[at[k]])
#define EACH_ROW _Pragma("GCC ivdep") for (long i = 0; i < n; i++)
#define DOT(A, C) case DOT_##A##1##C: \
    if (mode != ROWS) *COLUMN(1) = dot_of_one(at, registers, table, A, C); \
    else dot(at, registers, table, width, COLUMN(1), n, A, C); \
    at += 4 + 2 * at[2]; break;

INLINE void interpret(const work *w, long n_rows, const int mode) {
    double *const registers = w->registers, *const table = w->table, *const sums = w->sums;
    const long width = mode == SINGLE || mode == RUNS ? 1 : w->width;
    long n = mode == SINGLE ? 1 : (n_rows + LANES - 1) / LANES * LANES;
    const int32_t *at = w->code, *const end = at + w->length;
    while (at < end) {
        if (mode == RUNS)
            n = *at++;
        switch (*at) {
        KERNELS
        DOT(0, 0) DOT(0, 1) DOT(1, 0) DOT(1, 1)
        case LOAD_1: { /* a column of the rows; the last row fills it up */
            double *out = COLUMN(1);
            const double *x = w->rows + at[2];
            for (long i = 0; i < n; i++)
                out[i] = x[(mode == SINGLE || i < n_rows ? i : n_rows - 1) * w->n_inputs];
            at += 3;
            break;
        }
        case STORE_0:
            for (long i = 0; i < n_rows; i++)
                w->values[i * w->n_values + at[1]] = NUMBER(2);
            at += 3;
            break;
        case STORE_1:
            for (long i = 0; i < n_rows; i++)
                w->values[i * w->n_values + at[1]] = COLUMN(2)[i];
            at += 3;
            break;
        case TOTAL_1:
            sums[at[1]] += mode == SINGLE ? *COLUMN(2) : total(COLUMN(2), n_rows);
            at += 3;
            break;
        case TOTAL_PRODUCT_11:
            if (mode == SINGLE)
                products_of_one(at, registers, sums);
            else
                total_products(at, registers, width, sums, n_rows);
            at += 3 + 2 * at[1];
            break;
        }
    }
}

FOR_EACH_CPU void run_rows(const work *w, long n) {
    if (n == 1)
        interpret(w, 1, SINGLE);
    else
        interpret(w, n, ROWS);
}

FOR_EACH_CPU void run_table(const work *w) { interpret(w, 1, RUNS); }

/* Sums over many blocks, added pairwise: as in a binary counter, level k holds the sum of 2^k blocks if bit k of their
   number is set. `push` adds the sums of one more, `pop_all` adds up what there is. */
static void push(double *levels, long n, long number, const double *sums) {
    long k = 0;
    if (n == 0)
        return;
    memcpy(levels + (LEVELS - 1) * n, sums, n * sizeof(double));
    double *carried = levels + (LEVELS - 1) * n;
    for (; number >> k & 1; k++)
        for (long i = 0; i < n; i++)
            carried[i] = levels[k * n + i] + carried[i];
    memcpy(levels + k * n, carried, n * sizeof(double));
}

static void pop_all(const double *levels, long n, long number, double *sums) {
    int first = 1;
    for (long k = 0; k < LEVELS - 1; k++)
        if (number >> k & 1) {
            for (long i = 0; i < n; i++)
                sums[i] = first ? levels[k * n + i] : levels[k * n + i] + sums[i];
            first = 0;
        }
}

/* Run the body on all rows of `w`, block by block, with room for registers, levels and the sums of a block in `scratch`;
   the sums over all rows go to `sums`. */
static void run_blocks(work w, long n_rows, long n_sums, double *scratch, double *sums) {
    double *levels = scratch, *const all = sums;
    if (n_rows <= BLOCK) {
        w.sums = all;
        memset(all, 0, n_sums * sizeof(double));
        run_rows(&w, n_rows);
        return;
    }
    w.sums = scratch + LEVELS * n_sums;
    long number = 0;
    for (long i = 0; i < n_rows; i += BLOCK) {
        const long n = n_rows - i < BLOCK ? n_rows - i : BLOCK;
        memset(w.sums, 0, n_sums * sizeof(double));
        run_rows(&w, n);
        push(levels, n_sums, number++, w.sums);
        w.rows += n * w.n_inputs;
        w.values += n * w.n_values;
    }
    pop_all(levels, n_sums, number, all);
}

/* The numbers of Values, wherever they are, into a row of the table; and from the table added to those of Values. */
static void gather(double *const *from, long n, double *to) {
    for (long i = 0; i < n; i++)
        to[i] = *from[i];
}

static void scatter_add(const double *table, const int32_t *from, long n, double *const *to) {
    for (long i = 0; i < n; i++)
        *to[i] += table[from[i]];
}
