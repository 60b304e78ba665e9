/* What kernel-count.wat computes, bit for bit. */
#include <stdint.h>

uint32_t run(uint32_t n) {
    uint32_t i = 0, sum = 0;
    do {
        sum += i ^ (i >> 3);
        i++;
    } while (i < n);
    return sum;
}
