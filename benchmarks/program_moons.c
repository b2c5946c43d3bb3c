/* The moons step by hand: MLP 2-16-16-1 with relu, mean hinge loss + alpha * sum of squares, forward and backward.

   cc -O3 -march=native program_moons.c -o program_moons && ./program_moons 100
   prints the microseconds of a step on so many rows (the fastest of 20 rounds), its loss, and the sum of its gradients.
   Loops run over the units of a layer in the order in which its weights lie in memory, forward and backward, so that the
   compiler vectorises all of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { IN = 2, H = 16 };
typedef struct { double w1[H][IN], b1[H], w2[H][H], b2[H], w3[H], b3; } net;
enum { PARAMETERS = sizeof(net) / sizeof(double) };

double step(const net *p, const double *rows, long n, double alpha, net *g) {
    double w1t[IN][H], w2t[H][H], loss = 0.0, squares = 0.0;
    memset(g, 0, sizeof *g);
    for (int j = 0; j < H; j++) {
        for (int k = 0; k < IN; k++) w1t[k][j] = p->w1[j][k];
        for (int k = 0; k < H; k++) w2t[k][j] = p->w2[j][k];
    }
    double g1t[IN][H] = {{0}};
    for (long i = 0; i < n; i++) {
        const double *x = rows + 3 * i, y = x[2];
        double h1[H], h2[H], d1[H] = {0}, d2[H];
        for (int j = 0; j < H; j++) h1[j] = p->b1[j] + w1t[0][j] * x[0] + w1t[1][j] * x[1];
        for (int j = 0; j < H; j++) h1[j] = h1[j] > 0 ? h1[j] : 0;
        for (int j = 0; j < H; j++) h2[j] = p->b2[j];
        for (int k = 0; k < H; k++)
            for (int j = 0; j < H; j++) h2[j] += w2t[k][j] * h1[k];
        for (int j = 0; j < H; j++) h2[j] = h2[j] > 0 ? h2[j] : 0;
        double score = p->b3;
        for (int j = 0; j < H; j++) score += p->w3[j] * h2[j];
        const double hinge = 1 - y * score;
        if (!(hinge > 0)) continue;
        loss += hinge;
        const double d = -y / n;
        g->b3 += d;
        for (int j = 0; j < H; j++) g->w3[j] += d * h2[j];
        for (int j = 0; j < H; j++) d2[j] = h2[j] > 0 ? d * p->w3[j] : 0;
        for (int j = 0; j < H; j++) g->b2[j] += d2[j];
        for (int j = 0; j < H; j++)
            for (int k = 0; k < H; k++) g->w2[j][k] += d2[j] * h1[k];
        for (int j = 0; j < H; j++)
            for (int k = 0; k < H; k++) d1[k] += d2[j] * p->w2[j][k];
        for (int k = 0; k < H; k++) d1[k] = h1[k] > 0 ? d1[k] : 0;
        for (int k = 0; k < H; k++) g->b1[k] += d1[k];
        for (int k = 0; k < IN; k++)
            for (int j = 0; j < H; j++) g1t[k][j] += d1[j] * x[k];
    }
    for (int j = 0; j < H; j++)
        for (int k = 0; k < IN; k++) g->w1[j][k] = g1t[k][j];
    const double *w = (const double *)p;
    double *dw = (double *)g;
    for (int i = 0; i < PARAMETERS; i++) squares += w[i] * w[i], dw[i] += 2 * alpha * w[i];
    return loss / n + alpha * squares;
}

int main(int argc, char **argv) {
    const long n = argc > 1 ? atol(argv[1]) : 100, repeats = 2000000 / (n + 5) + 1;
    net p, g;
    double *rows = malloc(3 * n * sizeof(double)), best = 1e9, loss = 0, sum = 0;
    srand(1);
    for (int i = 0; i < PARAMETERS; i++) ((double *)&p)[i] = 2.0 * rand() / RAND_MAX - 1;
    for (long i = 0; i < n; i++) {
        rows[3 * i] = 3.0 * rand() / RAND_MAX - 1, rows[3 * i + 1] = 1.5 * rand() / RAND_MAX - 0.5;
        rows[3 * i + 2] = rand() % 2 * 2 - 1;
    }
    for (int round = 0; round < 20; round++) {
        struct timespec a, b;
        clock_gettime(CLOCK_MONOTONIC, &a);
        for (long r = 0; r < repeats / 20 + 1; r++) {
            loss = step(&p, rows, n, 1e-4, &g);
            ((double *)&p)[r % PARAMETERS] *= 1.0 - 1e-9; /* so that no step is the one before */
        }
        clock_gettime(CLOCK_MONOTONIC, &b);
        const double t = ((b.tv_sec - a.tv_sec) * 1e6 + (b.tv_nsec - a.tv_nsec) * 1e-3) / (repeats / 20 + 1);
        best = t < best ? t : best;
    }
    for (int i = 0; i < PARAMETERS; i++) sum += ((double *)&g)[i];
    printf("{\"microseconds\": %.4f, \"loss\": %.17g, \"sum\": %.17g}\n", best, loss, sum);
    return 0;
}
