// Forward and backward passes as one writes them in C, for gcc -O3 -march=native.
//
// Rows are worked on in blocks, the row being the innermost loop of everything: vector instructions take it without any
// reordering of sums that would need -ffast-math. Sums over the rows are kept in LANES partial sums for the same reason.
// A few rows alone do not fill a block; `moons_by_row` is for them. Sizes are constants, so that the compiler can unroll.
#include <math.h>
#include <string.h>

enum { ROWS = 64, LANES = 8 };
typedef double Block[ROWS]; // one number for each row
#define INLINE static inline __attribute__((always_inline))
#define EACH(i, n) for (long i = 0; i < (n); i++)

INLINE double dot(const double *restrict a, const double *restrict b, int n) {
    double lanes[LANES] = {0}, sum = 0;
    for (int i = 0; i + LANES <= n; i += LANES) EACH(k, LANES) lanes[k] += a[i + k] * b[i + k];
    for (int i = n - n % LANES; i < n; i++) sum += a[i] * b[i];
    EACH(k, LANES) sum += lanes[k];
    return sum;
}

INLINE double block_sum(const double *restrict a) {
    double lanes[LANES] = {0}, sum = 0;
    for (int i = 0; i < ROWS; i += LANES) EACH(k, LANES) lanes[k] += a[i + k];
    EACH(k, LANES) sum += lanes[k];
    return sum;
}

// y = W x + b. W: (m, n); x: n blocks; y: m blocks; without b, y += W x.
INLINE void linear(int m, int n, const double *restrict W, const double *restrict b, Block *restrict x, Block *restrict y) {
    EACH(j, m) {
        Block sum;
        EACH(r, ROWS) sum[r] = b ? b[j] : y[j][r];
        EACH(i, n) EACH(r, ROWS) sum[r] += W[j * n + i] * x[i][r];
        EACH(r, ROWS) y[j][r] = sum[r];
    }
}

// What d = dloss/dy, m blocks, brings to the gradients of W and b, and dx = dloss/dx unless that is NULL.
INLINE void linear_backward(int m, int n, const double *restrict W, Block *restrict x, Block *restrict d,
                            double *restrict gW, double *restrict gb, Block *restrict dx) {
    EACH(j, m) gb[j] += block_sum(d[j]);
    EACH(j, m) EACH(i, n) gW[j * n + i] += dot(d[j], x[i], ROWS);
    if (dx) EACH(i, n) {
        Block sum = {0};
        EACH(j, m) EACH(r, ROWS) sum[r] += W[j * n + i] * d[j][r];
        EACH(r, ROWS) dx[i][r] = sum[r];
    }
}

INLINE void relu(int n, Block *x) {
    EACH(i, n) EACH(r, ROWS) x[i][r] = x[i][r] > 0 ? x[i][r] : 0;
}

INLINE void relu_backward(int n, Block *y, Block *d) {
    EACH(i, n) EACH(r, ROWS) d[i][r] = y[i][r] > 0 ? d[i][r] : 0;
}

// `count` rows of n numbers as n blocks, the missing rows 0.
INLINE void load(int n, const double *rows, long count, Block *x) {
    EACH(i, n) {
        EACH(r, count) x[i][r] = rows[r * n + i];
        for (long r = count; r < ROWS; r++) x[i][r] = 0;
    }
}

// Two moons: MLP 2-16-16-1, mean hinge loss + ALPHA * sum of theta^2

enum { H = 16, MOONS = 2 * H + H + H * H + H + H + 1 };
static const double ALPHA = 1e-4;

static double moons_by_row(const double *restrict theta, const double *restrict X, const double *restrict y, long n,
                           double *restrict grad) {
    const double *W1 = theta, *b1 = W1 + 2 * H, *W2 = b1 + H, *b2 = W2 + H * H, *W3 = b2 + H, *b3 = W3 + H;
    double *gW1 = grad, *gb1 = gW1 + 2 * H, *gW2 = gb1 + H, *gb2 = gW2 + H * H, *gW3 = gb2 + H, *gb3 = gW3 + H;
    double loss = 0;
    EACH(r, n) {
        double h1[H], h2[H], d1[H] = {0}, score = *b3, x0 = X[2 * r], x1 = X[2 * r + 1];
        EACH(j, H) {
            double sum = b1[j] + W1[2 * j] * x0 + W1[2 * j + 1] * x1;
            h1[j] = sum > 0 ? sum : 0;
        }
        EACH(j, H) {
            double sum = b2[j];
            EACH(i, H) sum += W2[j * H + i] * h1[i];
            h2[j] = sum > 0 ? sum : 0;
        }
        EACH(j, H) score += W3[j] * h2[j];
        double margin = 1 - y[r] * score;
        if (margin <= 0) continue;
        loss += margin;
        double d = -y[r];
        *gb3 += d;
        EACH(j, H) {
            double d2 = h2[j] > 0 ? d * W3[j] : 0;
            gW3[j] += d * h2[j];
            gb2[j] += d2;
            EACH(i, H) gW2[j * H + i] += d2 * h1[i], d1[i] += d2 * W2[j * H + i];
        }
        EACH(i, H) {
            double d = h1[i] > 0 ? d1[i] : 0;
            gb1[i] += d, gW1[2 * i] += d * x0, gW1[2 * i + 1] += d * x1;
        }
    }
    return loss;
}

static double moons_by_block(const double *restrict theta, const double *restrict X, const double *restrict y, long n,
                             double *restrict grad) {
    const double *W1 = theta, *b1 = W1 + 2 * H, *W2 = b1 + H, *b2 = W2 + H * H, *W3 = b2 + H, *b3 = W3 + H;
    double *gW1 = grad, *gb1 = gW1 + 2 * H, *gW2 = gb1 + H, *gb2 = gW2 + H * H, *gW3 = gb2 + H, *gb3 = gW3 + H;
    double loss = 0;
    for (long start = 0; start < n; start += ROWS) {
        long count = n - start < ROWS ? n - start : ROWS;
        Block x[2], h1[H], h2[H], score[1], d[1] = {0}, d1[H], d2[H];
        load(2, X + 2 * start, count, x);
        linear(H, 2, W1, b1, x, h1), relu(H, h1);
        linear(H, H, W2, b2, h1, h2), relu(H, h2);
        linear(1, H, W3, b3, h2, score);
        EACH(r, count) {
            double margin = 1 - y[start + r] * score[0][r];
            loss += margin > 0 ? margin : 0;
            d[0][r] = margin > 0 ? -y[start + r] : 0;
        }
        linear_backward(1, H, W3, h2, d, gW3, gb3, d2), relu_backward(H, h2, d2);
        linear_backward(H, H, W2, h1, d2, gW2, gb2, d1), relu_backward(H, h1, d1);
        linear_backward(H, 2, W1, x, d1, gW1, gb1, NULL);
    }
    return loss;
}

// X: (n, 2), y: (n,) of -1 and 1. Returns the loss; grad: (337,), written.
double moons(const double *restrict theta, const double *X, const double *y, long n, double *restrict grad) {
    memset(grad, 0, MOONS * sizeof *grad);
    double loss = (n < 16 ? moons_by_row : moons_by_block)(theta, X, y, n, grad);
    EACH(k, MOONS) grad[k] = grad[k] / n + 2 * ALPHA * theta[k];
    return loss / n + ALPHA * dot(theta, theta, MOONS);
}

double moons_repeat(const double *theta, const double *X, const double *y, long n, double *grad, long loops) {
    double loss = 0;
    EACH(k, loops) loss += moons(theta, X, y, n, grad);
    return loss;
}

// Adam (Kingma, Ba 2015) as in PyTorch, step `t` from 1.
static void adam(double *restrict w, const double *restrict g, double *restrict m, double *restrict v, long n, long t,
                 double lr, double beta1, double beta2, double eps) {
    double c1 = 1 / (1 - pow(beta1, t)), c2 = 1 / (1 - pow(beta2, t));
    EACH(k, n) {
        m[k] = beta1 * m[k] + (1 - beta1) * g[k];
        v[k] = beta2 * v[k] + (1 - beta2) * g[k] * g[k];
        w[k] -= lr * (m[k] * c1) / (sqrt(v[k] * c2) + eps);
    }
}

// `loops` training steps from step t + 1 on; memory: m and v, (2, 337).
double moons_train(double *theta, const double *X, const double *y, long n, double *grad, double *memory, long t, long loops) {
    double loss = 0;
    EACH(k, loops) {
        loss = moons(theta, X, y, n, grad);
        adam(theta, grad, memory, memory + MOONS, MOONS, t + k + 1, 0.01, 0.9, 0.999, 1e-8);
    }
    return loss;
}

// Digits: MLP 64-32-10, mean cross-entropy

enum { PIXELS = 64, HIDDEN = 32, CLASSES = 10, DIGITS = HIDDEN * PIXELS + HIDDEN + CLASSES * HIDDEN + CLASSES };

// X: (n, 64), y: (n,) class indices. Returns the loss; grad: (2410,), written.
double digits(const double *restrict theta, const double *X, const long *y, long n, double *restrict grad) {
    const double *W1 = theta, *b1 = W1 + HIDDEN * PIXELS, *W2 = b1 + HIDDEN, *b2 = W2 + CLASSES * HIDDEN;
    double *gW1 = grad, *gb1 = gW1 + HIDDEN * PIXELS, *gW2 = gb1 + HIDDEN, *gb2 = gW2 + CLASSES * HIDDEN;
    double loss = 0;
    memset(grad, 0, DIGITS * sizeof *grad);
    for (long start = 0; start < n; start += ROWS) {
        long count = n - start < ROWS ? n - start : ROWS;
        Block x[PIXELS], h[HIDDEN], s[CLASSES], d[HIDDEN], top, total = {0};
        load(PIXELS, X + PIXELS * start, count, x);
        linear(HIDDEN, PIXELS, W1, b1, x, h), relu(HIDDEN, h);
        linear(CLASSES, HIDDEN, W2, b2, h, s);
        EACH(r, ROWS) top[r] = s[0][r];
        EACH(c, CLASSES) EACH(r, ROWS) top[r] = s[c][r] > top[r] ? s[c][r] : top[r];
        EACH(r, count) loss -= s[y[start + r]][r] - top[r];
        EACH(c, CLASSES) EACH(r, ROWS) s[c][r] = exp(s[c][r] - top[r]), total[r] += s[c][r];
        EACH(r, count) loss += log(total[r]);
        EACH(c, CLASSES) EACH(r, ROWS) s[c][r] /= total[r] * n;
        EACH(r, count) s[y[start + r]][r] -= 1.0 / n;
        EACH(c, CLASSES) for (long r = count; r < ROWS; r++) s[c][r] = 0;
        linear_backward(CLASSES, HIDDEN, W2, h, s, gW2, gb2, d), relu_backward(HIDDEN, h, d);
        linear_backward(HIDDEN, PIXELS, W1, x, d, gW1, gb1, NULL);
    }
    return loss / n;
}

double digits_repeat(const double *theta, const double *X, const long *y, long n, double *grad, long loops) {
    double loss = 0;
    EACH(k, loops) loss += digits(theta, X, y, n, grad);
    return loss;
}

// LSTM cell over STEPS elements, mean squared error of the last state

enum { STEPS = 50, IN = 4, S = 16, GATES = 4 * S, LSTM = GATES * IN + GATES * S + 2 * GATES };

static struct { // what the forward pass leaves for the backward pass
    Block x[STEPS][IN], gates[STEPS][GATES], c[STEPS + 1][S], tanh_c[STEPS][S], h[STEPS + 1][S];
} lstm_memory;

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

// X: (n, STEPS, IN), Y: (n, S). Returns the loss; grad: (1408,), written: weight_ih, weight_hh, bias_ih, bias_hh.
double lstm(const double *restrict theta, const double *X, const double *Y, long n, double *restrict grad) {
    const double *Wx = theta, *Wh = Wx + GATES * IN, *bx = Wh + GATES * S, *bh = bx + GATES;
    double *gWx = grad, *gWh = gWx + GATES * IN, *gbx = gWh + GATES * S, *gbh = gbx + GATES;
    double loss = 0, b[GATES];
    EACH(j, GATES) b[j] = bx[j] + bh[j];
    memset(grad, 0, LSTM * sizeof *grad);
    for (long start = 0; start < n; start += ROWS) {
        long count = n - start < ROWS ? n - start : ROWS;
        memset(lstm_memory.h[0], 0, sizeof lstm_memory.h[0]);
        memset(lstm_memory.c[0], 0, sizeof lstm_memory.c[0]);
        EACH(t, STEPS) {
            Block *x = lstm_memory.x[t], *a = lstm_memory.gates[t], *tanh_c = lstm_memory.tanh_c[t];
            Block *c = lstm_memory.c[t], *c_next = lstm_memory.c[t + 1], *h_next = lstm_memory.h[t + 1];
            EACH(i, IN) EACH(r, ROWS) x[i][r] = r < count ? X[((start + r) * STEPS + t) * IN + i] : 0;
            linear(GATES, IN, Wx, b, x, a);
            linear(GATES, S, Wh, NULL, lstm_memory.h[t], a);
            EACH(j, 2 * S) EACH(r, ROWS) a[j][r] = sigmoid(a[j][r]);
            for (long j = 2 * S; j < 3 * S; j++) EACH(r, ROWS) a[j][r] = tanh(a[j][r]);
            for (long j = 3 * S; j < 4 * S; j++) EACH(r, ROWS) a[j][r] = sigmoid(a[j][r]);
            EACH(j, S) EACH(r, ROWS) {
                c_next[j][r] = a[S + j][r] * c[j][r] + a[j][r] * a[2 * S + j][r];
                tanh_c[j][r] = tanh(c_next[j][r]);
                h_next[j][r] = a[3 * S + j][r] * tanh_c[j][r];
            }
        }
        Block dh[S], dc[S], da[GATES];
        memset(dh, 0, sizeof dh), memset(dc, 0, sizeof dc);
        EACH(j, S) EACH(r, count) {
            double error = lstm_memory.h[STEPS][j][r] - Y[(start + r) * S + j];
            loss += error * error;
            dh[j][r] = 2 * error / (n * S);
        }
        for (long t = STEPS - 1; t >= 0; t--) {
            Block *a = lstm_memory.gates[t], *tanh_c = lstm_memory.tanh_c[t], *c = lstm_memory.c[t];
            EACH(j, S) EACH(r, ROWS) {
                double i = a[j][r], f = a[S + j][r], g = a[2 * S + j][r], o = a[3 * S + j][r];
                double d = dc[j][r] + dh[j][r] * o * (1 - tanh_c[j][r] * tanh_c[j][r]);
                da[j][r] = d * g * i * (1 - i);
                da[S + j][r] = d * c[j][r] * f * (1 - f);
                da[2 * S + j][r] = d * i * (1 - g * g);
                da[3 * S + j][r] = dh[j][r] * tanh_c[j][r] * o * (1 - o);
                dc[j][r] = d * f;
            }
            linear_backward(GATES, IN, Wx, lstm_memory.x[t], da, gWx, gbx, NULL);
            linear_backward(GATES, S, Wh, lstm_memory.h[t], da, gWh, gbh, dh);
        }
    }
    return loss / (n * S);
}

double lstm_repeat(const double *theta, const double *X, const double *Y, long n, double *grad, long loops) {
    double loss = 0;
    EACH(k, loops) loss += lstm(theta, X, Y, n, grad);
    return loss;
}

// Hessian of the Rosenbrock function: n points of `size` variables, X: (n, size); H: (n, size, size), written.
double rosenbrock(const double *restrict X, long n, long size, double *restrict H) {
    double loss = 0;
    memset(H, 0, n * size * size * sizeof *H);
    EACH(p, n) {
        const double *x = X + p * size;
        double *h = H + p * size * size;
        EACH(i, size - 1) {
            double error = x[i + 1] - x[i] * x[i], left = 1 - x[i];
            loss += 100 * error * error + left * left;
            h[i * size + i] += 1200 * x[i] * x[i] - 400 * x[i + 1] + 2;
            h[i * size + i + 1] = h[(i + 1) * size + i] = -400 * x[i];
            h[(i + 1) * size + i + 1] += 200;
        }
    }
    return loss / n;
}

double rosenbrock_repeat(const double *X, long n, long size, double *H, long loops) {
    double loss = 0;
    EACH(k, loops) loss += rosenbrock(X, n, size, H);
    return loss;
}

// A GPT of one layer on one name, position by position, as its formulas read

enum { TOKENS = 27, W = 16, HEADS = 4, HEAD = W / HEADS, CONTEXT = 16, WIDE = 4 * W };
enum { GPT = 2 * TOKENS * W + CONTEXT * W + 4 * W * W + 2 * WIDE * W };

INLINE void multiply(int m, int n, const double *restrict A, const double *restrict x, double *restrict y) {
    EACH(j, m) y[j] = dot(A + j * n, x, n);
}

// Adds what d = dloss/d(A x), (m,), brings to the gradients of A and of x.
INLINE void multiply_backward(int m, int n, const double *restrict A, const double *restrict x, const double *restrict d,
                              double *restrict gA, double *restrict dx) {
    EACH(j, m) EACH(i, n) gA[j * n + i] += d[j] * x[i], dx[i] += A[j * n + i] * d[j];
}

// y = x * scale; returns the scale.
INLINE double rmsnorm(const double *restrict x, double *restrict y) {
    double scale = 1 / sqrt(dot(x, x, W) / W + 1e-5);
    EACH(i, W) y[i] = x[i] * scale;
    return scale;
}

INLINE void rmsnorm_backward(const double *restrict x, double scale, const double *restrict dy, double *restrict dx) {
    double back = dot(dy, x, W) * scale * scale * scale / W;
    EACH(i, W) dx[i] += dy[i] * scale - x[i] * back;
}

INLINE void softmax(double *x, long n) {
    double top = x[0], total = 0;
    EACH(j, n) top = x[j] > top ? x[j] : top;
    EACH(j, n) x[j] = exp(x[j] - top), total += x[j];
    EACH(j, n) x[j] /= total;
}

// tokens: (n + 1,). Returns the mean loss; grad: (4192,), written.
static double gpt(const double *restrict theta, const long *tokens, long n, double *restrict grad) {
    const double *wte = theta, *wpe = wte + TOKENS * W, *head = wpe + CONTEXT * W, *wq = head + TOKENS * W;
    const double *wk = wq + W * W, *wv = wk + W * W, *wo = wv + W * W, *fc1 = wo + W * W, *fc2 = fc1 + WIDE * W;
    double *gte = grad, *gpe = gte + TOKENS * W, *ghead = gpe + CONTEXT * W, *gq = ghead + TOKENS * W;
    double *gk = gq + W * W, *gv = gk + W * W, *go = gv + W * W, *g1 = go + W * W, *g2 = g1 + WIDE * W;
    double e[CONTEXT][W], x[CONTEXT][W], h[CONTEXT][W], q[CONTEXT][W], k[CONTEXT][W], v[CONTEXT][W], mixed[CONTEXT][W];
    double x1[CONTEXT][W], h1[CONTEXT][W], wide[CONTEXT][WIDE], x2[CONTEXT][W], p[CONTEXT][TOKENS];
    double weights[CONTEXT][HEADS][CONTEXT], se[CONTEXT], sx[CONTEXT], s1[CONTEXT], loss = 0, scale = 1 / sqrt(HEAD);
    EACH(t, n) {
        EACH(i, W) e[t][i] = wte[tokens[t] * W + i] + wpe[t * W + i];
        se[t] = rmsnorm(e[t], x[t]), sx[t] = rmsnorm(x[t], h[t]);
        multiply(W, W, wq, h[t], q[t]), multiply(W, W, wk, h[t], k[t]), multiply(W, W, wv, h[t], v[t]);
        memset(mixed[t], 0, sizeof mixed[t]);
        EACH(a, HEADS) {
            double *w = weights[t][a];
            EACH(j, t + 1) {
                w[j] = 0;
                EACH(i, HEAD) w[j] += q[t][a * HEAD + i] * k[j][a * HEAD + i] * scale;
            }
            softmax(w, t + 1);
            EACH(j, t + 1) EACH(i, HEAD) mixed[t][a * HEAD + i] += w[j] * v[j][a * HEAD + i];
        }
        multiply(W, W, wo, mixed[t], x1[t]);
        EACH(i, W) x1[t][i] += x[t][i];
        s1[t] = rmsnorm(x1[t], h1[t]);
        multiply(WIDE, W, fc1, h1[t], wide[t]);
        EACH(i, WIDE) wide[t][i] = wide[t][i] > 0 ? wide[t][i] : 0;
        multiply(W, WIDE, fc2, wide[t], x2[t]);
        EACH(i, W) x2[t][i] += x1[t][i];
        multiply(TOKENS, W, head, x2[t], p[t]);
        softmax(p[t], TOKENS);
        loss -= log(p[t][tokens[t + 1]]);
    }
    double dk[CONTEXT][W] = {0}, dv[CONTEXT][W] = {0};
    memset(grad, 0, GPT * sizeof *grad);
    for (long t = n - 1; t >= 0; t--) {
        double dx[W] = {0}, dwide[WIDE] = {0}, dh1[W] = {0}, dmixed[W] = {0}, dq[W] = {0}, dh[W] = {0}, de[W] = {0};
        p[t][tokens[t + 1]] -= 1;
        EACH(i, TOKENS) p[t][i] /= n;
        multiply_backward(TOKENS, W, head, x2[t], p[t], ghead, dx);
        multiply_backward(W, WIDE, fc2, wide[t], dx, g2, dwide);
        EACH(i, WIDE) dwide[i] = wide[t][i] > 0 ? dwide[i] : 0;
        multiply_backward(WIDE, W, fc1, h1[t], dwide, g1, dh1);
        rmsnorm_backward(x1[t], s1[t], dh1, dx);
        multiply_backward(W, W, wo, mixed[t], dx, go, dmixed);
        EACH(a, HEADS) {
            double *w = weights[t][a], *d = dmixed + a * HEAD, dw[CONTEXT] = {0}, total = 0;
            EACH(j, t + 1) {
                EACH(i, HEAD) dw[j] += d[i] * v[j][a * HEAD + i], dv[j][a * HEAD + i] += d[i] * w[j];
                total += dw[j] * w[j];
            }
            EACH(j, t + 1) EACH(i, HEAD) {
                double ds = w[j] * (dw[j] - total) * scale;
                dq[a * HEAD + i] += ds * k[j][a * HEAD + i], dk[j][a * HEAD + i] += ds * q[t][a * HEAD + i];
            }
        }
        multiply_backward(W, W, wq, h[t], dq, gq, dh);
        multiply_backward(W, W, wk, h[t], dk[t], gk, dh);
        multiply_backward(W, W, wv, h[t], dv[t], gv, dh);
        rmsnorm_backward(x[t], sx[t], dh, dx);
        rmsnorm_backward(e[t], se[t], dx, de);
        EACH(i, W) gte[tokens[t] * W + i] += de[i], gpe[t * W + i] += de[i];
    }
    return loss / n;
}

// Training step t, from 1, of `steps`; memory: m and v, (2, 4192).
double gpt_train(double *theta, double *grad, double *memory, const long *tokens, long n, long t, long steps) {
    double loss = gpt(theta, tokens, n, grad);
    adam(theta, grad, memory, memory + GPT, GPT, t, 0.01 * (1 - (t - 1.0) / steps), 0.85, 0.99, 1e-8);
    return loss;
}
