"""Landlock: a process of Linux gives up all files but those it names, and TCP.

Three system calls through ctypes, see landlock(7); numbers are the same on every architecture
but alpha. Where the kernel has no Landlock nothing is given up, and `version` says 0.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import sysconfig
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1  # kind of rule
_NO_NEW_PRIVILEGES = 38  # of prctl(2)
_READ_FILE, _READ_DIR, _IOCTL = 1 << 2, 1 << 3, 1 << 15
_FOR_FILES = 1 | 1 << 1 | _READ_FILE | 1 << 14 | _IOCTL  # execute, write, truncate beside reading
_RIGHTS = ((1, 13), (2, 14), (3, 15), (5, 16))  # from this version on, so many rights of files
_SYSTEM = (
    "/usr /lib /lib64 /etc/ld.so.cache /etc/localtime /etc/mime.types /etc/fonts /dev/null "
    "/dev/urandom /proc/cpuinfo /proc/meminfo /sys/devices/system/cpu"
).split()


def version() -> int:
    """The version of the kernel's Landlock; 0: none."""
    if sys.platform != "linux":
        return 0
    return max(0, _call(_CREATE_RULESET, None, 0, _ASK_VERSION))


def confine(readable: Iterable[Path], writable: Iterable[Path]) -> bool:
    """Leave this process Python's own files and these, with what is below them.

    It cannot be taken back and holds for every process begun from here. False: not possible.
    """
    found = version()
    if not found:
        return False
    rights = (1 << max(count for since, count in _RIGHTS if since <= found)) - 1
    attributes = struct.pack("QQQ", rights, 3 if found >= 4 else 0, 3 if found >= 6 else 0)
    size = 24 if found >= 6 else 16 if found >= 4 else 8
    rules = _call(_CREATE_RULESET, attributes, size, 0)
    if rules < 0:
        return False
    try:
        for path in (*_of_python(), *readable):
            _allow(rules, path, _READ_FILE | _READ_DIR)
        for path in writable:
            _allow(rules, path, rights & ~1)
        ctypes.CDLL(None).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        return _call(_RESTRICT_SELF, rules, 0) == 0
    finally:
        os.close(rules)


def _of_python() -> list[Path]:
    """What the interpreter, its packages and the libraries of the system are read from."""
    paths = [*sysconfig.get_paths().values(), *filter(None, sys.path), *_SYSTEM]
    base = (sysconfig.get_config_var("LIBDIR"), sys.prefix, Path(__file__).parent)
    return [Path(path) for path in (*paths, *filter(None, base))]


def _allow(rules: int, path: Path, rights: int) -> None:
    """Of a file only the rights that a file can have; what is not there needs none."""
    with suppress(OSError):
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            rights &= -1 if path.is_dir() else _FOR_FILES
            _call(_ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", rights, opened), 0)
        finally:
            os.close(opened)


def _call(number: int, *arguments: bytes | int | None) -> int:
    """A system call; -1: refused."""
    wide = (ctypes.c_long(x) if isinstance(x, int) else x for x in arguments)
    return int(ctypes.CDLL(None).syscall(ctypes.c_long(number), *wide))
