/* What kernel-lcg32.wat computes, bit for bit. */
#include <stdint.h>

uint32_t run(uint32_t n) {
    uint32_t x = 42;
    do {
        x = x * 1664525 + 1013904223;
        n--;
    } while (n);
    return x;
}
