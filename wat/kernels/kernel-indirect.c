/* What kernel-indirect.wat computes, bit for bit. */
#include <stdint.h>

static uint32_t add(uint32_t x) { return x + 0x9e3779b9; }
static uint32_t xor(uint32_t x) { return x ^ 0x5bd1e995; }
static uint32_t multiply(uint32_t x) { return x * 0x01000193; }
static uint32_t rotate(uint32_t x) { return x << 7 | x >> 25; }

static uint32_t (*const table[])(uint32_t) = {add, xor, multiply, rotate};

uint32_t run(uint32_t n) {
    uint32_t x = 0;
    do {
        x = table[n & 3](x);
        n--;
    } while (n);
    return x;
}
