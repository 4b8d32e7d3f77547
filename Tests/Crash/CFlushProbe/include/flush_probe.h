#pragma once

// Stands in front of fdatasync of the program that links it, the calls of liblmdb included: waits before a flush of a
// log, or lets it fail.

/// Milliseconds to wait before each flush of a log.
void flush_probe_set_delay(int milliseconds);
/// Flushes of a log from now until one fails with EIO; negative: none.
void flush_probe_set_failure(int after);
/// Flushes of a log so far, the failed ones included.
int flush_probe_count(void);
