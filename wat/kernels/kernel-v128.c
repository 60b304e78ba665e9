/* What kernel-v128.wat computes, bit for bit. */
#include <stdint.h>
#include <string.h>

typedef uint32_t u32x4 __attribute__((vector_size(16)));

static u32x4 memory[4096];

uint32_t run(uint32_t n) {
    u32x4 x = {1, 22, 333, 4444}, sum = {0};
    uint32_t i = 0;
    memset(memory, 0, sizeof memory);
    do {
        x = x * 1664525 + 1013904223;
        memory[i] ^= x >> 9;
        i = (i + 1) & 4095;
        n--;
    } while (n);
    for (i = 0; i < 4096; i++)
        sum += memory[i];
    return sum[0] + sum[1] + sum[2] + sum[3];
}
