# SPDX-License-Identifier: GPL-2.0-or-later
"""The rows of `make bench`: what is measured, and what it is held against."""
from dataclasses import dataclass, field, replace

from tables import (DATA, DATA_PAGES, HUGE, HUGE_AT, HUGE_PAGES, LARGE,
                    LARGE_AT, LARGE_PAGES, PAGE, PASID, SMALL_AT, SMALL_PAGES,
                    VECTOR, leaf_of)

NO_PASID = 0xffffffff
MANY = 60000
LARGER = 1 << 16                # entries of an IOTLB that holds so many
OTHERS_AT = SMALL_AT + (256 << 20)

# A DMA of 64 bytes to one small page.
JOB = {'base': SMALL_AT, 'page_size': PAGE, 'pages': 1, 'window': 0,
       'random': 0, 'length': 64, 'write': 0, 'message': 0, 'data': 0,
       'pasid': NO_PASID, 'threads': 1, 'devices': 1, 'spread': 0,
       'tail_register': 0, 'queue_size': PAGE, 'step': 0, 'status': 0,
       'toggle': 0, 'aside': 0}


@dataclass(frozen=True)
class Group:
    """Rows that share their machines."""
    mode: str = 'legacy'
    entries: int = 0            # of our IOTLB, 0: the default
    many: bool = False          # 64 devices, ours with 16 units
    listens: bool = False       # caching mode, and somebody who mirrors
    mapped: int = SMALL_PAGES


@dataclass
class Row:
    """One line. `others`: pages that are accessed before, each round;
    `invalidates`: what follows each DMA, or is all there is."""
    name: str
    text: str
    group: Group = Group()
    job: dict = field(default_factory=dict)
    others: int = 0
    invalidates: str = ''
    once: bool = False          # one operation for each filling
    replays: bool = False
    against: str = ''           # the row that it is compared with

    def run(self):
        """The numbers of its job."""
        return {**JOB, **self.job}

    def fill(self):
        """The job that comes before, or none."""
        return {**JOB, **{name: self.job[name] for name in ('pasid',)
                          if name in self.job}, 'base': OTHERS_AT,
                'pages': self.others, 'operations': self.others}


def untranslated(job):
    """The same without translation: the memory to which the tables lead."""
    if job['message']:
        return {**job, 'base': 0xfee00000, 'data': VECTOR}
    places = {PAGE: DATA_PAGES, LARGE: LARGE_PAGES, HUGE: 1}
    return {**job, 'base': DATA, 'window': places[job['page_size']]}


def hits():
    """All in the IOTLB."""
    for pages in (1, 64, 512):
        yield Row(f'hit-{pages}', f'hits, {pages} page{"s" * (pages > 1)} of '
                  '4 KiB',
                  job={'pages': pages}, against='hit-1')
    yield Row('hit-2m', 'hits, 32 pages of 2 MiB', against='hit-64',
              job={'base': LARGE_AT, 'page_size': LARGE, 'pages': LARGE_PAGES})
    yield Row('hit-1g', 'hits, 4 pages of 1 GiB', against='hit-1',
              job={'base': HUGE_AT + DATA, 'page_size': HUGE,
                   'pages': HUGE_PAGES})
    for mode, text in {'first': 'first stage', 'second': 'second stage',
                       'nested': 'nested'}.items():
        yield Row(f'hit-{mode}', f'hits, 512 pages, {text}', Group(mode),
                  {'pages': 512}, against='hit-512')
    yield Row('hit-pasid', 'hits, 512 pages, first stage, PASID',
              Group('pasid'), {'pages': 512, 'pasid': PASID},
              against='hit-512')


def misses():
    """The more the more pages."""
    for pages in (4096, 8192, 65536, 1048576):
        yield Row(f'random-{pages}', f'random over {pages:,} pages',
                  job={'pages': pages, 'random': 1})


def invalidations():
    """With others cached."""
    large = Group(entries=LARGER)
    for others in (1, 100, 900, MANY):
        yield Row(f'page-{others}', 'DMA, page invalidation, wait; '
                  f'{others:,} others cached', large, others=others,
                  invalidates='page', against='page-1')
    for kind in ('domain', 'global'):
        yield Row(f'{kind}-{MANY}', f'{kind} invalidation, wait; {MANY:,} '
                  'cached', large, {'length': 0}, MANY, kind, once=True)
    yield Row(f'pasid-{MANY}', f'PASID invalidation, wait; {MANY:,} cached',
              replace(large, mode='first'), {'length': 0}, MANY, 'pasid',
              once=True)


def threads():
    """Time divided by the DMAs of both: half of one thread's is the best."""
    both = {'pages': 512, 'threads': 2}
    yield Row('threads-1', '1 thread, 512 pages', job={'pages': 512})
    yield Row('threads-same', '2 threads, same device', job=both,
              against='threads-1')
    yield Row('threads-other', '2 threads, different devices',
              job={**both, 'spread': 1}, against='threads-1')
    yield Row('threads-aside', '2 threads, a third invalidates',
              job={**both, 'base': OTHERS_AT, 'aside': 1}, invalidates='page',
              against='threads-same')


def others():
    """Interrupts, those who mirror, many units."""
    yield Row('interrupt', 'an MSI',
              job={'base': 0xfee00010, 'message': 1})
    for mapped in (4096, 65536):
        group = Group(listens=True, mapped=mapped)
        yield Row(f'replay-{mapped}', f'replay of {mapped:,} pages, each',
                  group, replays=True, against='replay-4096')
        yield Row(f'change-{mapped}', f'1 of {mapped:,} mirrored pages changed',
                  group, {'length': 0, 'toggle': leaf_of(0)},
                  invalidates='page', against='change-4096')
    yield Row('units-16', '64 devices x 512 pages, ours in 16 units',
              Group(many=True), {'pages': 512, 'devices': 64},
              against='hit-512')


ROWS = [*hits(), *misses(), *invalidations(), *threads(), *others()]
