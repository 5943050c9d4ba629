# SPDX-License-Identifier: GPL-2.0-or-later
"""ACPI tables with code: as much of ACPI's machine language as a method needs
that returns a buffer for a number. Each function gives bytes."""
import struct
import uuid

ZERO, ONE = b'\0', b'\1'
FUNCTION = b'\x6a'      # Arg2 of _DSM
WHOSE = b'\x68'         # Arg0: the UUID


def package(opcode, content):
    """What is as long as it says."""
    for size in (1, 2, 3):
        length = size + len(content)
        if length < (1 << 6 if size == 1 else 1 << 4 + 8 * (size - 1)):
            break
    if size == 1:
        return opcode + bytes([length]) + content
    lead = (size - 1) << 6 | length & 15
    return opcode + bytes([lead]) + \
        (length >> 4).to_bytes(size - 1, 'little') + content


def number(value):
    """Of at most 16 bits."""
    if value < 2:
        return (ZERO, ONE)[value]
    return b'\x0b' + struct.pack('<H', value)


def name(path):
    r"""Of an object: SEG_, or \SEG_.SEG_."""
    root = b'\\' if path.startswith('\\') else b''
    parts = [part.ljust(4, '_').encode()
             for part in path.lstrip('\\').split('.')]
    lead = {1: b'', 2: b'\x2e'}.get(len(parts),
                                    b'\x2f' + bytes([len(parts)]))
    return root + lead + b''.join(parts)


def variable(path, value):
    """A new one."""
    return b'\x08' + name(path) + number(value)


def store(value, path):
    """Into a variable."""
    return b'\x70' + number(value) + name(path)


def buffer(content):
    """Bytes."""
    return package(b'\x11', number(len(content)) + content)


def method(path, arguments, *content):
    """What is done when it is called."""
    return package(b'\x14', name(path) + bytes([arguments]) +
                   b''.join(content))


def scope(path, *content):
    """What belongs to an object that there is."""
    return package(b'\x10', name(path) + b''.join(content))


def device(path, *content):
    """A new one."""
    return package(b'\x5b\x82', name(path) + b''.join(content))


def when(left, right, *content):
    """What is done if both are equal."""
    return package(b'\xa0', b'\x93' + left + right + b''.join(content))


def removable():
    """_STA and _EJ0 of a device that is there while its variable HERE is 1; at
    first it is not."""
    return (variable('HERE', 0) +
            method('_STA', 0, when(name('HERE'), ONE, give(number(15))),
                   give(ZERO)) +
            method('_EJ0', 1, store(0, 'HERE')))


def give(value):
    """The method's result."""
    return b'\xa4' + value


def dsm(identity, functions):
    """A _DSM with that UUID: {function: the buffer that it gives}."""
    known = sum(1 << function for function in (0, *functions))
    answers = [when(FUNCTION, number(function), give(buffer(content)))
               for function, content in
               ({0: bytes([known])} | functions).items()]
    return method('_DSM', 4,
                  when(WHOSE, buffer(uuid.UUID(identity).bytes_le), *answers),
                  give(buffer(b'\0')))


def table(label, *content):
    """An SSDT, labelled by at most eight letters."""
    body = b''.join(content)
    header = struct.pack('<4sIBB6s8sI4sI', b'SSDT', 36 + len(body), 2, 0,
                         b'VTDM', label.encode(), 1, b'VTDM', 1)
    checksum = -sum(header + body) & 255
    return header[:9] + bytes([checksum]) + header[10:] + body
