/* What kernel-lcg64.wat computes, bit for bit. */
#include <stdint.h>

uint64_t run(uint32_t n) {
    uint64_t x = 42, folded = 0;
    do {
        x = x * 6364136223846793005 + 1442695040888963407;
        folded ^= x >> 33;
        n--;
    } while (n);
    return folded;
}
