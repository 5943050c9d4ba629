# SPDX-License-Identifier: GPL-2.0-or-later
"""What the benchmark's guest has in memory, though no guest runs: tables for
each mode, the invalidation queue, interrupt entries, and the data. An image is
a dictionary: address and bytes."""
import struct
from array import array

PAGE, LARGE, HUGE = 1 << 12, 1 << 21, 1 << 30
ENTRIES = 512                   # of a table

# Memory.
RAM = 256 << 20
TOP, SECOND = 0x1000000, 0x2000000
QUEUE, QUEUE_SIZE, STATUS = 0x2100000, PAGE, 0x2110000
INTERRUPTS, ROOT, CONTEXTS, DIRECTORIES = (0x2120000, 0x2200000, 0x2210000,
                                           0x2400000)
DATA, DATA_PAGES = 0x4000000, 0x4000000 // PAGE

# What devices see: small pages, far from interrupts, then large and huge ones.
SMALL_AT, LARGE_AT, HUGE_AT = 4 * HUGE, 12 * HUGE, 16 * HUGE
SMALL_PAGES, LARGE_PAGES, HUGE_PAGES = 1 << 20, 32, 4

PASID = 5
DOMAIN = 8                      # of the first device
VECTOR = 0x40

# Of a table, of a leaf; PS. Accessed and dirty are set, so that no walk writes.
SECOND_FLAGS, FIRST_FLAGS, SIZE = (3, 3), (0x27, 0x67), 0x80
PGTT = {'first': 1, 'second': 2, 'nested': 3, 'pasid': 1, 'pass-scalable': 4}
# TT of the modes that are legacy mode; what goes through as it is.
TT = {'legacy': 0, 'pass': 2}
PASS = ('pass', 'pass-scalable')


def words(*values):
    """Quadwords, as they are in memory."""
    return struct.pack(f'<{len(values)}Q', *values)


def leaf_of(number):
    """The address of the entry that maps a small page."""
    return TOP + 0x10000 + 8 * number


def paging(pointer, leaf, mapped):
    """Tables of four levels at TOP with `mapped` small pages; with all of
    them, the large and the huge ones, too."""
    small = array('Q', (DATA + number % DATA_PAGES * PAGE | leaf
                        for number in range(mapped)))
    tables = (mapped + ENTRIES - 1) // ENTRIES
    image = {TOP: words(TOP + PAGE | pointer),
             leaf_of(0): small.tobytes(),
             TOP + 2 * PAGE: words(*(leaf_of(ENTRIES * table) | pointer
                                     for table in range(tables)))}
    # Four of them, one behind the other.
    image[TOP + PAGE + 8 * (SMALL_AT // HUGE)] = words(
        *(TOP + (2 + table) * PAGE | pointer for table in range(4)))
    if mapped == SMALL_PAGES:
        image[TOP + PAGE + 8 * (LARGE_AT // HUGE)] = \
            words(TOP + 6 * PAGE | pointer)
        image[TOP + 6 * PAGE] = words(*(DATA + number * LARGE | leaf | SIZE
                                        for number in range(LARGE_PAGES)))
        image[TOP + PAGE + 8 * (HUGE_AT // HUGE)] = \
            words(*[leaf | SIZE] * HUGE_PAGES)
    return image


def identity():
    """A second stage that maps memory to itself."""
    return {SECOND: words(SECOND + PAGE | 3),
            SECOND + PAGE: words(SECOND + 2 * PAGE | 3),
            SECOND + 2 * PAGE: words(*(place | 3 | SIZE for place
                                       in range(0, RAM, LARGE)))}


def pasid_entry(mode, domain):
    """What has a PASID, or a request without one."""
    second = SECOND if mode == 'nested' else TOP
    return words(1 | 2 << 2 | PGTT[mode] << 6 |
                 (second if mode in ('second', 'nested') else 0), domain,
                 TOP if mode not in ('second', *PASS) else 0, 0, 0, 0, 0, 0)


def legacy_device(mode, source_id, number):
    """The root and context entries of a device."""
    contexts = CONTEXTS + PAGE * (source_id >> 8)
    return {ROOT + 16 * (source_id >> 8): words(contexts | 1, 0),
            contexts + 16 * (source_id & 0xff):
            words((0 if mode in PASS else TOP) | TT[mode] << 2 | 1, DOMAIN + number << 8 | 2)}


def scalable_device(mode, source_id, number):
    """The same in scalable mode, with its PASIDs; devfn is below 128."""
    contexts = CONTEXTS + PAGE * (source_id >> 8)
    directory = DIRECTORIES + 2 * PAGE * number
    pasid = PASID if mode == 'pasid' else 0
    return {ROOT + 16 * (source_id >> 8): words(contexts | 1, 0),
            contexts + 32 * (source_id & 0x7f):
            words(1 | (8 if pasid else 0) | directory, 0, 0, 0),
            directory: words(directory + PAGE | 1),
            directory + PAGE + 64 * pasid: pasid_entry(mode, DOMAIN + number)}


def image(mode, source_ids, mapped):
    """All of it, for the devices that there are."""
    second = mode in ('second', *TT)
    result = paging(*(SECOND_FLAGS if second else FIRST_FLAGS), mapped)
    if mode == 'nested':
        result |= identity()
    for number, source_id in enumerate(source_ids):
        device = legacy_device if mode in TT else scalable_device
        result |= device(mode, source_id, number)
    result[INTERRUPTS] = words(1 | VECTOR << 16, 0)
    return result


def invalidation(kind, domain):
    """The descriptor of one: its first two quadwords."""
    low = {'global': 0x12, 'domain': 0x22, 'page': 0x32, 'pasid': 0x26,
           'pasid-page': 0x36}[kind]
    return (low | (0 if kind == 'global' else domain << 16),
            SMALL_AT if kind.endswith('page') else 0)


def descriptors(kind, domain, width):
    """One of it, and a wait behind."""
    rest = bytes(width - 16)
    return words(*invalidation(kind, domain)) + rest + \
        words(5 | 1 << 5 | 1 << 32, STATUS) + rest


def queue(kind, width, tail, others):
    """A whole queue of it; so many next ones are of the next device's domain."""
    pair = descriptors(kind, DOMAIN, width)
    other = descriptors('domain' if kind == 'global' else kind, DOMAIN + 1,
                        width)
    pairs = QUEUE_SIZE // len(pair)
    first = tail // len(pair)
    return b''.join(other if (number - first) % pairs < others else pair
                    for number in range(pairs))
