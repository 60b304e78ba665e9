/* What kernel-matmul.wat computes, bit for bit. */
#include <stdint.h>

static double a[90000], b[90000];

static void fill(uint32_t n) {
    for (uint32_t i = 0; i < n * n; i++) {
        a[i] = i & 7;
        b[i] = i % 5;
    }
}

double run(uint32_t n) {
    double sum = 0;
    fill(n);
    for (uint32_t row = 0; row < n; row++)
        for (uint32_t column = 0; column < n; column++) {
            double cell = 0;
            for (uint32_t k = 0; k < n; k++)
                cell += a[row * n + k] * b[k * n + column];
            sum += cell;
        }
    return sum;
}
