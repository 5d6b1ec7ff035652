"""Keeps freed memory for the next block instead of giving it back to the system.

A block of tokens needs the same large buffers in every layer. By default the C library
returns each to the kernel and gets it back page by page, which took 8 % of the reading
time on two cores. Only glibc is asked; elsewhere nothing happens.
"""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # names of mallopt(3)


def keep_freed_memory() -> None:
    """Raise glibc's thresholds for giving memory back; harmless if it is not glibc."""
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(_TRIM_THRESHOLD, 1 << 30)
    mallopt(_MMAP_THRESHOLD, 1 << 25)
