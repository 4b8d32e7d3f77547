#ifndef CCRC32C_H
#define CCRC32C_H

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `length` bytes, continuing from `crc` (0 to begin).
/// Uses the processor's own instruction where it has one (SSE4.2, ARMv8 CRC), else a table.
uint32_t ccrc32c_update(uint32_t crc, const void *data, size_t length);

/// The same by table alone, so that tests can compare the two.
uint32_t ccrc32c_update_portable(uint32_t crc, const void *data, size_t length);

/// 1 where `ccrc32c_update` uses the processor's instruction.
int ccrc32c_is_hardware(void);

#endif
