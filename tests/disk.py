"""A disk that fills up, fails, cannot be written to or is slow, for one folder of it.

A shim between a process and its C library, which counts what is written below the folder and
makes it fail; no mount and no rights are needed. It is compiled when it is first asked for and
comes in through LD_PRELOAD, so a process has it from its start (`environment`), and may change
what it does meanwhile (`Disk`). Linux with a C compiler.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char disk_below[PATH_MAX] = "";
long disk_writes, disk_reads;        /* how often something was written, read */
long disk_fail_at, disk_fail_count;  /* the first write that fails, and how many do */
long disk_delay;                     /* microseconds that each read takes longer */
int disk_error, disk_read_only;

__attribute__((constructor)) static void from_environment(void) {
    const char *value;
    if ((value = getenv("DISK_BELOW"))) snprintf(disk_below, sizeof disk_below, "%s", value);
    if ((value = getenv("DISK_DELAY"))) disk_delay = atol(value);
    if ((value = getenv("DISK_FAIL_AT"))) disk_fail_at = atol(value);
    if ((value = getenv("DISK_FAIL_COUNT"))) disk_fail_count = atol(value);
    if ((value = getenv("DISK_ERROR"))) disk_error = atoi(value);
    if ((value = getenv("DISK_READ_ONLY"))) disk_read_only = atoi(value);
}

static int below(const char *path) {
    size_t length = strlen(disk_below);
    return length && path && !strncmp(path, disk_below, length);
}

static int is_below(int fd) {
    char link[64], path[PATH_MAX];
    ssize_t length;
    if (!*disk_below) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return below(path);
}

/* Whether this write is one of those that fail. */
static int fails(int fd) {
    if (!is_below(fd)) return 0;
    disk_writes++;
    if (!disk_fail_at || disk_writes < disk_fail_at) return 0;
    if (disk_writes >= disk_fail_at + disk_fail_count) return 0;
    errno = disk_error;
    return 1;
}

static void wait_for_read(int fd) {
    if (!is_below(fd)) return;
    disk_reads++;
    if (disk_delay) usleep(disk_delay);
}

#define NEXT(type, name, ...) static type (*next)(__VA_ARGS__); \
    if (!next) next = (type (*)(__VA_ARGS__)) dlsym(RTLD_NEXT, name)

/* A disk that has just filled up takes a part of what is written to it. */
#define PWRITE(name, offset_t) \
    ssize_t name(int fd, const void *data, size_t size, offset_t at) { \
        NEXT(ssize_t, #name, int, const void *, size_t, offset_t); \
        if (!fails(fd)) return next(fd, data, size, at); \
        if (disk_error == ENOSPC && disk_writes == disk_fail_at && size > 1) \
            return next(fd, data, size / 2, at); \
        return -1; \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t write(int fd, const void *data, size_t size) {
    NEXT(ssize_t, "write", int, const void *, size_t);
    return fails(fd) ? -1 : next(fd, data, size);
}

#define SYNC(name) int name(int fd) { \
        NEXT(int, #name, int); \
        return fails(fd) ? -1 : next(fd); \
    }
SYNC(fsync)
SYNC(fdatasync)

#define TRUNCATE(name, offset_t) int name(int fd, offset_t size) { \
        NEXT(int, #name, int, offset_t); \
        return fails(fd) ? -1 : next(fd, size); \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define PREAD(name, offset_t) \
    ssize_t name(int fd, void *data, size_t size, offset_t at) { \
        NEXT(ssize_t, #name, int, void *, size_t, offset_t); \
        wait_for_read(fd); \
        return next(fd, data, size, at); \
    }
PREAD(pread, off_t)
PREAD(pread64, off64_t)

static int refused(const char *path, int flags) {
    int writes = (flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC);
    if (!disk_read_only || !writes || !below(path)) return 0;
    errno = EROFS;
    return 1;
}

#define OPEN(name) int name(const char *path, int flags, ...) { \
        va_list rest; mode_t mode; \
        NEXT(int, #name, const char *, int, mode_t); \
        va_start(rest, flags); mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        return refused(path, flags) ? -1 : next(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define CHANGE(name) int name(const char *path) { \
        NEXT(int, #name, const char *); \
        if (disk_read_only && below(path)) { errno = EROFS; return -1; } \
        return next(path); \
    }
CHANGE(unlink)
CHANGE(rmdir)

int mkdir(const char *path, mode_t mode) {
    NEXT(int, "mkdir", const char *, mode_t);
    if (disk_read_only && below(path)) { errno = EROFS; return -1; }
    return next(path, mode);
}

int access(const char *path, int mode) {
    NEXT(int, "access", const char *, int);
    if (disk_read_only && mode & W_OK && below(path)) { errno = EROFS; return -1; }
    return next(path, mode);
}
"""
COMPILER = shutil.which("cc")
POSSIBLE = sys.platform == "linux" and COMPILER is not None


def compiled(folder: Path) -> Path:
    """The shim as a shared library."""
    source, shim = folder / "disk.c", folder / "disk.so"
    if not shim.exists():
        source.write_text(SOURCE, "utf-8")
        assert COMPILER is not None
        command = [COMPILER, "-O1", "-shared", "-fPIC", "-o", str(shim), str(source), "-ldl"]
        subprocess.run(command, check=True)
    return shim


@dataclass(frozen=True)
class Medium:
    """What becomes of the files below a folder."""

    below: Path
    read_only: bool = False
    full: bool = False
    slow: bool = False

    def environment(self, shim: Path, delay: float) -> dict[str, str]:
        """The variables with which a process finds the medium so; `delay`: seconds for each
        read of one that is slow."""
        found = {"LD_PRELOAD": str(shim), "DISK_BELOW": str(self.below.resolve())}
        found |= {"DISK_DELAY": str(int(delay * 1e6) if self.slow else 0)}
        found |= {"DISK_READ_ONLY": str(int(self.read_only))}
        if self.full:
            found |= {"DISK_FAIL_AT": "1", "DISK_FAIL_COUNT": str(1 << 60)}
            found |= {"DISK_ERROR": str(errno.ENOSPC)}
        return found


class Disk:
    """The shim that this process was started with."""

    def __init__(self, shim: Path, below: Path) -> None:
        assert str(shim) in os.environ.get("LD_PRELOAD", ""), "start it with LD_PRELOAD"
        self._shim = ctypes.CDLL(str(shim))
        name = ctypes.create_string_buffer(str(below.resolve()).encode())
        ctypes.memmove(ctypes.addressof(self._number("disk_below", ctypes.c_char)), name, len(name))

    def _number(self, name: str, kind: type = ctypes.c_long) -> ctypes.c_long:
        found = kind.in_dll(self._shim, name)  # type: ignore[attr-defined]
        return found  # type: ignore[no-any-return]

    @property
    def writes(self) -> int:
        """How many writes, cuts and syncs there were since `fail`."""
        return int(self._number("disk_writes").value)

    def fail(self, at: int, count: int, error: int) -> None:
        """Let so many writes from this one on fail; `at` is 0: none."""
        self._number("disk_error", ctypes.c_int).value = error
        self._number("disk_writes").value = 0
        self._number("disk_fail_count").value = count
        self._number("disk_fail_at").value = at
