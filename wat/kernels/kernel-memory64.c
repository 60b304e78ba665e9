/* What kernel-memory64.wat computes, bit for bit. */
#include <stdint.h>
#include <string.h>

static uint8_t composite[128 << 16];

uint32_t run(uint64_t n) {
    uint32_t primes = 0;
    memset(composite, 0, n);
    for (uint64_t i = 2; i < n; i++)
        if (!composite[i]) {
            primes++;
            for (uint64_t multiple = i << 1; multiple < n; multiple += i)
                composite[multiple] = 1;
        }
    return primes;
}
