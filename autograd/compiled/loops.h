/* The loops over rows, with vectors of BYTES bytes: machine.h includes this once for each width. */
#define PASTE(name, bytes) name##_##bytes
#define NAMED(name, bytes) PASTE(name, bytes)
#define vector NAMED(vector, BYTES)
#define in_memory NAMED(in_memory, BYTES)
#define mask NAMED(mask, BYTES)
#define lanes NAMED(lanes, BYTES)
#define at_ NAMED(at, BYTES)
#define put NAMED(put, BYTES)
#define each NAMED(each, BYTES)
#define plus NAMED(plus, BYTES)
#define times NAMED(times, BYTES)
#define plus_product NAMED(plus_product, BYTES)
#define only NAMED(only, BYTES)
#define sum_of NAMED(sum_of, BYTES)
#define dot_of_some NAMED(dot_of_some, BYTES)
#define dot NAMED(dot, BYTES)
#define dot_of_run NAMED(dot_of_run, BYTES)
#define some_of_matmul NAMED(some_of_matmul, BYTES)
#define matmul NAMED(matmul, BYTES)
#define some_of_columns NAMED(some_of_columns, BYTES)
#define matmul_of_one NAMED(matmul_of_one, BYTES)
#define some_totals NAMED(some_totals, BYTES)
#define total_products NAMED(total_products, BYTES)
#define some_of_outer NAMED(some_of_outer, BYTES)
#define outer NAMED(outer, BYTES)
#define total NAMED(total, BYTES)
#define load NAMED(load, BYTES)
#define interpret NAMED(interpret, BYTES)
#define PARTS (LANES * 8 / BYTES)
#define UNROLLED _Pragma("GCC unroll 4")
#define EACH_PART UNROLLED for (int p = 0; p < PARTS; p++)

/* Eight numbers, in as many vectors as they need: sums are then added in the same order at each width. */
typedef double vector __attribute__((vector_size(BYTES)));
typedef int64_t mask __attribute__((vector_size(BYTES)));
typedef double in_memory __attribute__((vector_size(BYTES), aligned(8), may_alias));
typedef struct { vector part[PARTS]; } lanes;

INLINE lanes at_(const double *column) {
    lanes v;
    EACH_PART v.part[p] = ((const in_memory *)column)[p];
    return v;
}
INLINE void put(lanes v, double *column) { EACH_PART ((in_memory *)column)[p] = v.part[p]; }
INLINE lanes each(double x) {
    lanes v;
    EACH_PART v.part[p] = (vector){0} + x;
    return v;
}
INLINE lanes plus(lanes x, lanes y) {
    EACH_PART x.part[p] += y.part[p];
    return x;
}
INLINE lanes times(lanes x, lanes y) {
    EACH_PART x.part[p] *= y.part[p];
    return x;
}
INLINE lanes plus_product(lanes s, lanes x, lanes y) {
    EACH_PART s.part[p] += x.part[p] * y.part[p];
    return s;
}
INLINE double sum_of(lanes v) { /* halves are added to each other: ((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7)) */
    pair_of halves[2];
#if BYTES == 16
    halves[0] = v.part[0] + v.part[2], halves[1] = v.part[1] + v.part[3];
#elif BYTES == 32
    v.part[0] += v.part[1];
    memcpy(halves, v.part, sizeof(halves));
#else
    four_of quarters[2];
    memcpy(quarters, v.part, sizeof(quarters));
    quarters[0] += quarters[1];
    memcpy(halves, quarters, sizeof(halves));
#endif
    halves[0] += halves[1];
    return halves[0][0] + halves[0][1];
}

INLINE lanes only(lanes v, const int64_t *present) { /* v where `present` is -1, else 0 */
    EACH_PART {
        mask here;
        memcpy(&here, present + p * (LANES / PARTS), BYTES);
        v.part[p] = (vector)((mask)v.part[p] & here);
    }
    return v;
}

/* a1 * b1 + a2 * b2 + ... + c for `count` times LANES rows from row i on. */
INLINE void dot_of_some(const int32_t *at, const double *registers, const double *table, long width, double *out, long i,
                        const int count, const int a_column, const int c_column) {
    lanes s[AT_ONCE];
    UNROLLED for (int j = 0; j < count; j++)
        s[j] = c_column ? at_(registers + at[3] * width + i + j * LANES) : each(table[at[3]]);
    for (const int32_t *pair = at + 4, *const end = pair + 2 * at[2]; pair < end; pair += 2) {
        const double *a = registers + pair[0] * width + i, *b = registers + pair[1] * width + i;
        const lanes number = each(a_column ? 0.0 : table[pair[0]]);
        UNROLLED for (int j = 0; j < count; j++)
            s[j] = plus_product(s[j], a_column ? at_(a + j * LANES) : number, at_(b + j * LANES));
    }
    UNROLLED for (int j = 0; j < count; j++)
        put(s[j], out + i + j * LANES);
}

INLINE void dot(const int32_t *at, const double *registers, const double *table, long width, double *out, long n,
                const int a_column, const int c_column) {
    long i = 0;
    for (; i + AT_ONCE * LANES <= n; i += AT_ONCE * LANES)
        dot_of_some(at, registers, table, width, out, i, AT_ONCE, a_column, c_column);
    for (; i < n; i += LANES)
        dot_of_some(at, registers, table, width, out, i, 1, a_column, c_column);
}

/* a1 * b1 + a2 * b2 + ... + c for a run of n numbers in the table. */
INLINE void dot_of_run(const int32_t *at, double *table, long n, const int a_column, const int c_column) {
    const int32_t *const pairs = at + 4, *const end = pairs + 2 * at[2];
    double *const out = table + at[1];
    const double *const c = table + at[3];
    long i = 0;
    for (; i + LANES <= n; i += LANES) {
        lanes s = c_column ? at_(c + i) : each(*c);
        for (const int32_t *pair = pairs; pair < end; pair += 2)
            s = plus_product(s, a_column ? at_(table + pair[0] + i) : each(table[pair[0]]), at_(table + pair[1] + i));
        put(s, out + i);
    }
    for (; i < n; i++) {
        double s = c[c_column ? i : 0];
        for (const int32_t *pair = pairs; pair < end; pair += 2)
            s += table[pair[0] + (a_column ? i : 0)] * table[pair[1] + i];
        out[i] = s;
    }
}

/* A layer of dots over the same columns, and a regular grid of numbers from `a` on: for `count` outputs and `wide` times
   LANES rows from row i on. */
INLINE void some_of_matmul(const int32_t *at, const int32_t *out, const double *a, const double *registers, const double *table, long width,
                           double *outs, long i, const int count, const int wide, const int c_column) {
    lanes s[MATMUL_OUTPUTS][2];
    const long across = at[4], along = at[5];
    UNROLLED for (int j = 0; j < count; j++)
        UNROLLED for (int q = 0; q < wide; q++)
            s[j][q] = c_column ? at_(registers + out[2 * j + 1] * width + i + q * LANES) : each(table[out[2 * j + 1]]);
    for (const int32_t *x = at + 6, *const end = x + at[2]; x < end; x++, a += along) {
        const double *column = registers + *x * width + i;
        lanes v[2];
        UNROLLED for (int q = 0; q < wide; q++)
            v[q] = at_(column + q * LANES);
        UNROLLED for (int j = 0; j < count; j++)
            UNROLLED for (int q = 0; q < wide; q++)
                s[j][q] = plus_product(s[j][q], each(a[j * across]), v[q]);
    }
    UNROLLED for (int j = 0; j < count; j++)
        UNROLLED for (int q = 0; q < wide; q++)
            put(s[j][q], outs + out[2 * j] * width + i + q * LANES);
}

INLINE void matmul(const int32_t *at, double *registers, const double *table, long width, long n, const int c_column) {
    const int32_t *out = at + 6 + at[2], *const end = out + 2 * at[1];
    const double *a = table + at[3];
    for (; end - out >= 2 * MATMUL_OUTPUTS; out += 2 * MATMUL_OUTPUTS, a += MATMUL_OUTPUTS * at[4]) {
        long i = 0;
        for (; i + 2 * LANES <= n && PARTS == 1; i += 2 * LANES)
            some_of_matmul(at, out, a, registers, table, width, registers, i, MATMUL_OUTPUTS, 2, c_column);
        for (; i < n; i += LANES)
            some_of_matmul(at, out, a, registers, table, width, registers, i, MATMUL_OUTPUTS, 1, c_column);
    }
    for (; out < end; out += 2, a += at[4]) {
        long i = 0;
        for (; i + 2 * LANES <= n; i += 2 * LANES)
            some_of_matmul(at, out, a, registers, table, width, registers, i, 1, 2, c_column);
        for (; i < n; i += LANES)
            some_of_matmul(at, out, a, registers, table, width, registers, i, 1, 1, c_column);
    }
}

/* The same on single numbers, where the first factors of an operand are neighbours: for `count` times LANES outputs. */
INLINE void some_of_columns(const int32_t *at, const double *a, const int32_t *x, const int32_t *out, double *table, const int count) {
    lanes s[AT_ONCE];
    double sums[AT_ONCE * LANES];
    UNROLLED for (int q = 0; q < count; q++)
        s[q] = each(0.0);
    for (long i = 0; i < at[2]; i++, a += at[5])
        UNROLLED for (int q = 0; q < count; q++)
            s[q] = plus_product(s[q], each(table[x[i]]), at_(a + q * LANES));
    UNROLLED for (int q = 0; q < count; q++)
        put(s[q], sums + q * LANES);
    for (long j = 0; j < count * LANES; j++)
        table[out[2 * j]] += sums[j];
}

/* The same on single numbers. */
INLINE void matmul_of_one(const int32_t *at, double *table) {
    const long n = at[1], k = at[2], across = at[4], along = at[5];
    const int32_t *const x = at + 6, *const out = x + k;
    const double *const a = table + at[3];
    for (long j = 0; j < n; j++)
        table[out[2 * j]] = table[out[2 * j + 1]];
    if (across == 1) { /* columns of neighbours */
        long j = 0;
        for (; j + AT_ONCE * LANES <= n; j += AT_ONCE * LANES)
            some_of_columns(at, a + j, x, out + 2 * j, table, AT_ONCE);
        for (; j + 2 * LANES <= n; j += 2 * LANES)
            some_of_columns(at, a + j, x, out + 2 * j, table, 2);
        for (; j + LANES <= n; j += LANES)
            some_of_columns(at, a + j, x, out + 2 * j, table, 1);
        for (; j < n; j++)
            for (long i = 0; i < k; i++)
                table[out[2 * j]] += a[j + i * along] * table[x[i]];
        return;
    }
    for (long first = 0; first < k; first += GATHERED) { /* rows of neighbours, or any others */
        const long some = k - first < GATHERED ? k - first : GATHERED;
        double gathered[GATHERED];
        for (long i = 0; i < some; i++)
            gathered[i] = table[x[first + i]];
        for (long j = 0; j < n; j++) {
            const double *row = a + j * across + first * along;
            lanes s = each(0.0);
            double sum = 0.0;
            long i = 0;
            for (; along == 1 && i + LANES <= some; i += LANES)
                s = plus_product(s, at_(row + i), at_(gathered + i));
            for (; i < some; i++)
                sum += row[i * along] * gathered[i];
            table[out[2 * j]] += sum + sum_of(s);
        }
    }
}

/* The sums over n rows of x * y, for `count` y. Rows beyond n, up to a multiple of LANES, are left out. */
INLINE void some_totals(const int32_t *pair, const double *x, const double *registers, long width, double *sums, long n,
                        const int64_t *present, const int count) {
    const double *y[AT_ONCE];
    lanes s[AT_ONCE];
    long i = 0;
    UNROLLED for (int j = 0; j < count; j++)
        y[j] = registers + pair[2 * j + 1] * width, s[j] = each(0.0);
    for (; i + LANES <= n; i += LANES) {
        const lanes v = at_(x + i);
        UNROLLED for (int j = 0; j < count; j++)
            s[j] = plus_product(s[j], v, at_(y[j] + i));
    }
    if (i < n) {
        const lanes v = at_(x + i);
        UNROLLED for (int j = 0; j < count; j++)
            s[j] = plus(s[j], only(times(v, at_(y[j] + i)), present));
    }
    UNROLLED for (int j = 0; j < count; j++)
        sums[pair[2 * j]] += sum_of(s[j]);
}

INLINE void total_products(const int32_t *at, const double *registers, long width, double *sums, long n, const int64_t *present) {
    const double *x = registers + at[2] * width;
    const int32_t *pair = at + 3, *const end = pair + 2 * at[1];
    for (; end - pair >= 2 * AT_ONCE; pair += 2 * AT_ONCE)
        some_totals(pair, x, registers, width, sums, n, present, AT_ONCE);
    for (; pair < end; pair += 2)
        some_totals(pair, x, registers, width, sums, n, present, 1);
}

/* The sums over n rows of x * y, for some x and y, to a regular grid of sums. */
INLINE void some_of_outer(const int32_t *xs, const int32_t *ys, const double *registers, long width, double *sums, long down, long across,
                          long n, const int64_t *present, const int n_xs, const int n_ys) {
    lanes s[OUTER_XS][OUTER_YS];
    const double *x[OUTER_XS], *y[OUTER_YS];
    long i = 0;
    UNROLLED for (int p = 0; p < n_xs; p++) {
        x[p] = registers + xs[p] * width;
        UNROLLED for (int q = 0; q < n_ys; q++)
            s[p][q] = each(0.0);
    }
    UNROLLED for (int q = 0; q < n_ys; q++)
        y[q] = registers + ys[q] * width;
    for (; i < n; i += LANES) {
        lanes v[OUTER_YS];
        UNROLLED for (int q = 0; q < n_ys; q++)
            v[q] = at_(y[q] + i);
        UNROLLED for (int p = 0; p < n_xs; p++) {
            const lanes u = at_(x[p] + i);
            if (i + LANES <= n)
                UNROLLED for (int q = 0; q < n_ys; q++)
                    s[p][q] = plus_product(s[p][q], u, v[q]);
            else
                UNROLLED for (int q = 0; q < n_ys; q++)
                    s[p][q] = plus(s[p][q], only(times(u, v[q]), present));
        }
    }
    UNROLLED for (int p = 0; p < n_xs; p++)
        UNROLLED for (int q = 0; q < n_ys; q++)
            sums[p * down + q * across] += sum_of(s[p][q]);
}

INLINE void outer(const int32_t *at, const double *registers, long width, double *sums, long n, const int64_t *present) {
    const int32_t *const xs = at + 6, *const ys = xs + at[1];
    const long down = at[4], across = at[5];
    long p = 0, q;
    sums += at[3];
    for (; p + OUTER_XS <= at[1]; p += OUTER_XS) {
        for (q = 0; q + OUTER_YS <= at[2]; q += OUTER_YS)
            some_of_outer(xs + p, ys + q, registers, width, sums + p * down + q * across, down, across, n, present, OUTER_XS, OUTER_YS);
        for (; q < at[2]; q++)
            some_of_outer(xs + p, ys + q, registers, width, sums + p * down + q * across, down, across, n, present, OUTER_XS, 1);
    }
    for (; p < at[1]; p++) {
        for (q = 0; q + OUTER_YS <= at[2]; q += OUTER_YS)
            some_of_outer(xs + p, ys + q, registers, width, sums + p * down + q * across, down, across, n, present, 1, OUTER_YS);
        for (; q < at[2]; q++)
            some_of_outer(xs + p, ys + q, registers, width, sums + p * down + q * across, down, across, n, present, 1, 1);
    }
}

INLINE double total(const double *x, long n, const int64_t *present) {
    lanes s = each(0.0);
    long i = 0;
    for (; i + LANES <= n; i += LANES)
        s = plus(s, at_(x + i));
    return sum_of(i < n ? plus(s, only(at_(x + i), present)) : s);
}

/* Neighbouring columns of the rows, LANES rows at a time: a row's cache line holds several. The last row pads the columns. */
INLINE void load(const int32_t *at, const work *w, long n, long n_rows) {
    double *const out = w->registers + at[1] * w->width;
    for (long first = 0; first < n; first += LANES)
        for (long k = 0; k < at[3]; k++)
            for (long i = first; i < first + LANES; i++)
                out[k * w->width + i] = w->rows[(i < n_rows ? i : n_rows - 1) * w->n_inputs + at[2] + k];
}

INLINE void interpret(const work *w, long n_rows, const int mode) {
    double *const registers = w->registers, *const table = w->table, *const sums = w->sums;
    const long width = mode == RUNS ? 1 : w->width;
    long n = (n_rows + LANES - 1) / LANES * LANES;
    const int64_t *const present = PRESENT + LANES - n_rows % LANES;
    const int32_t *at = w->code, *const end = at + w->length;
    while (at < end) {
        if (mode == RUNS)
            n = *at++;
        switch (*at) {
        KERNELS
        DOT(0, 0) DOT(0, 1) DOT(1, 0) DOT(1, 1)
        MATMUL(0) MATMUL(1)
        case LOAD_1:
            load(at, w, n, n_rows);
            at += 4;
            break;
        case STORE_1:
            for (long i = 0; i < n_rows; i++)
                w->values[i * w->n_values + at[1]] = COLUMN(2)[i];
            at += 3;
            break;
        case TOTAL_1:
            sums[at[1]] += total(COLUMN(2), n_rows, present);
            at += 3;
            break;
        case TOTAL_PRODUCT_11:
            total_products(at, registers, width, sums, n_rows, present);
            at += 3 + 2 * at[1];
            break;
        case OUTER_11:
            outer(at, registers, width, sums, n_rows, present);
            at += 6 + at[1] + at[2];
            break;
        }
    }
}

static void NAMED(run_rows, BYTES)(const work *w, long n) { interpret(w, n, ROWS); }

static void NAMED(run_table, BYTES)(const work *w) { interpret(w, 1, RUNS); }

/* A step of Adam, as nn/optim.py has it in NumPy, with the same roundings. */
static ROUNDED void NAMED(adam, BYTES)(double *restrict w, const double *restrict g, double *restrict m, double *restrict v, long n,
                                       double lr, double beta1, double beta2, double correction1, double correction2, double eps,
                                       double decay, double shrink) {
    UNFUSED
    for (long k = 0; k < n; k++) {
        const double slope = decay != 0.0 ? g[k] + decay * w[k] : g[k];
        m[k] = beta1 * m[k] + (1.0 - beta1) * slope;
        v[k] = beta2 * v[k] + (1.0 - beta2) * (slope * slope);
        w[k] = w[k] * shrink - lr * (m[k] * correction1) / (sqrt(v[k] * correction2) + eps);
    }
}

#undef PASTE
#undef NAMED
#undef vector
#undef in_memory
#undef mask
#undef lanes
#undef at_
#undef put
#undef each
#undef plus
#undef times
#undef plus_product
#undef only
#undef sum_of
#undef dot_of_some
#undef dot
#undef dot_of_run
#undef some_of_matmul
#undef matmul
#undef some_of_columns
#undef matmul_of_one
#undef some_totals
#undef some_of_outer
#undef outer
#undef total_products
#undef total
#undef load
#undef interpret
#undef PARTS
#undef UNROLLED
#undef EACH_PART
