/* What kernel-xor.wat computes, bit for bit. */
#include <stdint.h>
#include <string.h>

static uint8_t memory[1 << 20];

uint32_t run(uint32_t bytes, uint32_t passes) {
    uint32_t sum = 0;
    memset(memory, 0, bytes);
    do {
        for (uint32_t i = 0; i < bytes; i++)
            memory[i] ^= i + passes;
        passes--;
    } while (passes);
    for (uint32_t i = 0; i < bytes; i++)
        sum += memory[i];
    return sum;
}
