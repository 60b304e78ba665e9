/* What kernel-fib.wat computes, bit for bit. */
#include <stdint.h>

uint32_t run(uint32_t n) {
    return n < 2 ? n : run(n - 1) + run(n - 2);
}
