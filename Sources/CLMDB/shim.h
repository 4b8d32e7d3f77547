#pragma once
#include <lmdb.h>
#include <stdint.h>
#include <sys/types.h>

// <fcntl.h> shows this only with _GNU_SOURCE, which the Swift importer does not set.
extern int fallocate(int descriptor, int mode, off_t offset, off_t length);

// Asks for the memory of the 4 KiB that hold an address, and for the head of the next 4 KiB: where all of it is read, its
// cache misses come together in place of one after the other. A hint: nothing happens where nothing is mapped.
static inline void annals_prefetch_page(const void *address) {
    const char *page = (const char *)((uintptr_t)address & ~(uintptr_t)4095);
    for (int line = 0; line < 65; line++) __builtin_prefetch(page + line * 64);
}
