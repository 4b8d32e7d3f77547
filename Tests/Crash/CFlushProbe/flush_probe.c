#define _GNU_SOURCE
#include "flush_probe.h"
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static atomic_int delay_milliseconds;
static atomic_int failure_after = -1;
static atomic_int flushes;

void flush_probe_set_delay(int milliseconds) { atomic_store(&delay_milliseconds, milliseconds); }
void flush_probe_set_failure(int after) { atomic_store(&failure_after, after); }
int flush_probe_count(void) { return atomic_load(&flushes); }

static int is_log(int descriptor) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, "/log/") != NULL;
}

int fdatasync(int descriptor) {
    if (is_log(descriptor)) {
        atomic_fetch_add(&flushes, 1);
        int milliseconds = atomic_load(&delay_milliseconds);
        if (milliseconds > 0) {
            struct timespec wait = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
            nanosleep(&wait, NULL);
        }
        if (atomic_load(&failure_after) >= 0 && atomic_fetch_sub(&failure_after, 1) == 0) {
            errno = EIO;
            return -1;
        }
    }
    return (int)syscall(SYS_fdatasync, descriptor);
}
