#pragma once
#include <lmdb.h>
#include <sys/types.h>

// <fcntl.h> shows this only with _GNU_SOURCE, which the Swift importer does not set.
extern int fallocate(int descriptor, int mode, off_t offset, off_t length);
