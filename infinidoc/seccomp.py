"""seccomp: a process of Linux gives up sockets of every family, and the ways to those of others.

One filter of system calls through ctypes, see seccomp(2). Numbers of calls differ between
machines: these are x86_64's, and elsewhere nothing is given up.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import sys

_SECCOMP = 317
_SET_FILTER, _ASK_ACTION = 1, 2
_EVERY_THREAD = 1
_NO_NEW_PRIVILEGES = 38  # of prctl(2)
_MACHINE = 0xC000003E  # AUDIT_ARCH_X86_64
_OTHER_NUMBERS = 0x40000000  # from here on: the same calls, for pointers of 32 bits
_FORBIDDEN = {
    "socket": 41,
    "socketpair": 53,
    "io_uring_setup": 425,  # its rings make sockets
    "ptrace": 101,  # another process would do it
    "process_vm_readv": 310,
    "process_vm_writev": 311,
    "pidfd_getfd": 438,
}
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # of the classic BPF
_NUMBER_AT, _MACHINE_AT = 0, 4  # in struct seccomp_data
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_NOT_PERMITTED = 1  # EPERM


def is_available() -> bool:
    """Whether this kernel can refuse calls, and this file knows the machine's numbers."""
    if sys.platform != "linux" or (platform.machine(), struct.calcsize("P")) != ("x86_64", 8):
        return False
    return _seccomp(_ASK_ACTION, 0, struct.pack("I", _REFUSE))


def forbid_sockets() -> bool:
    """Have every socket refused, in all threads and for good. False: not possible here."""
    if not is_available():
        return False
    code = _filter()
    kept = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HP", len(code) // 8, ctypes.addressof(kept))
    ctypes.CDLL(None).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    return _seccomp(_SET_FILTER, _EVERY_THREAD, program)


def _seccomp(operation: int, flags: int, argument: bytes) -> bool:
    numbers = (ctypes.c_long(number) for number in (_SECCOMP, operation, flags))
    return int(ctypes.CDLL(None).syscall(*numbers, argument)) == 0


def _filter() -> bytes:
    """Instructions: an operation, how many to skip if it holds and if not, an operand."""
    last = len(_FORBIDDEN) + 3  # index of the last test; then one to allow, one to refuse
    lines = [(_LOAD, 0, 0, _MACHINE_AT), (_IF_EQUAL, 0, last, _MACHINE), (_LOAD, 0, 0, _NUMBER_AT)]
    tests = [(_IF_AT_LEAST, _OTHER_NUMBERS), *((_IF_EQUAL, n) for n in _FORBIDDEN.values())]
    lines += [(test, last - at + 1, 0, value) for at, (test, value) in enumerate(tests, 3)]
    lines += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE | _NOT_PERMITTED)]
    return b"".join(struct.pack("HBBI", *line) for line in lines)
