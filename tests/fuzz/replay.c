/*
 * Runs a fuzz target over files, without a fuzzer: each whole, cut short after every byte, and with every
 * byte replaced by a few others.   replay FILE...
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of exactly this size, so that a sanitizer sees the first byte read past the end. */
static void try_bytes(const uint8_t *data, size_t size) {
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy) exit(2);
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void damage(uint8_t *data, size_t size) {
    static const uint8_t others[] = {0, ' ', '\n', '-', '9', 'n', 0x80, 0xFF};
    for (size_t i = 0; i < size; i++) {
        try_bytes(data, i);
        uint8_t kept = data[i];
        for (size_t k = 0; k < sizeof others; k++) {
            data[i] = others[k];
            try_bytes(data, size);
        }
        data[i] = kept;
    }
}

int main(int argc, char **argv) {
    static uint8_t data[1 << 16];
    for (int a = 1; a < argc; a++) {
        FILE *file = fopen(argv[a], "rb");
        if (!file) return perror(argv[a]), 1;
        size_t size = fread(data, 1, sizeof data, file);
        fclose(file);
        try_bytes(data, size);
        damage(data, size);
    }
    printf("%d files replayed\n", argc - 1);
    return argc < 2;
}
