/* What kernel-mandelbrot.wat computes, bit for bit. */
#include <stdint.h>

uint32_t run(uint32_t n) {
    uint32_t steps = 0;
    double scale = 3 / (double)n;
    for (uint32_t row = 0; row < n; row++) {
        double b = row * scale - 1.5;
        for (uint32_t column = 0; column < n; column++) {
            double a = column * scale - 2, x = 0, y = 0, x2, y2;
            uint32_t left = 100;
            do {
                x2 = x * x;
                y2 = y * y;
                y = 2 * x * y + b;
                x = x2 - y2 + a;
                steps++;
                left--;
            } while (left != 0 && x2 + y2 <= 4);
        }
    }
    return steps;
}
