# SPDX-License-Identifier: GPL-2.0-or-later
"""The rows of `make bench`: what is measured, and what it is held against."""
from dataclasses import dataclass, field

from goals import Goal
from tables import (DATA, DATA_PAGES, HUGE, HUGE_AT, HUGE_PAGES, LARGE,
                    LARGE_AT, LARGE_PAGES, PAGE, PASID, PASS, SMALL_AT, SMALL_PAGES,
                    VECTOR, leaf_of)

NO_PASID = 0xffffffff
MANY = 60000
WARM = 16                       # invalidations of another domain before
ALIKE = 1.15                    # what costs the same, within 15 %
OTHERS_AT = SMALL_AT + (256 << 20)

# A DMA of 64 bytes to one small page.
JOB = {'base': SMALL_AT, 'page_size': PAGE, 'pages': 1, 'window': 0,
       'random': 0, 'length': 64, 'write': 0, 'message': 0, 'data': 0,
       'pasid': NO_PASID, 'warm': 0, 'threads': 1, 'devices': 1, 'spread': 0,
       'tail_register': 0, 'queue_size': PAGE, 'step': 0, 'status': 0,
       'toggle': 0, 'aside': 0}


@dataclass(frozen=True)
class Group:
    """Rows that share their machines."""
    mode: str = 'legacy'
    many: bool = False          # 64 devices, ours with 16 units
    listens: bool = False       # caching mode, and somebody who mirrors
    mapped: int = SMALL_PAGES
    remaps: bool = True         # interrupts


@dataclass
class Row:
    """One line. `others`: pages that are accessed before, each round;
    `invalidates`: what follows each DMA, or is all there is; `model`: it is
    taken from what the model's own benchmark says of that."""
    name: str
    text: str
    group: Group = Group()
    job: dict = field(default_factory=dict)
    others: int = 0
    invalidates: str = ''
    once: bool = False          # one operation for each filling
    replays: bool = False
    model: str = ''
    goals: tuple = ()

    def run(self):
        """The numbers of its job."""
        return {**JOB, **self.job}

    def physical(self):
        """Whether the IOMMU lets it through as it is."""
        return self.group.mode in PASS or not self.group.remaps

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
    return {**job, 'base': DATA, 'window': places[job['page_size']],
            'pasid': NO_PASID, 'toggle': 0}


SIZES = {'1': ('1 page of 4 KiB', {'pages': 1}, ''),
         '64': ('64 pages of 4 KiB', {'pages': 64}, ''),
         '512': ('512 pages of 4 KiB', {'pages': 512}, ''),
         '2m': ('32 pages of 2 MiB', {'base': LARGE_AT, 'page_size': LARGE,
                                      'pages': LARGE_PAGES}, 'hit-64'),
         '1g': ('4 pages of 1 GiB', {'base': HUGE_AT + DATA, 'page_size': HUGE,
                                     'pages': HUGE_PAGES}, 'hit-1')}
MODES = {'first': 'first stage', 'second': 'second stage', 'nested': 'nested',
         'pasid': 'first stage, PASID'}


def hits():
    """All in the IOTLB; in all modes."""
    for size, (text, job, alike) in SIZES.items():
        yield Row(f'hit-{size}', f'hits, {text}', job=job, goals=(
            Goal('own', 0.35), *[Goal('row', ALIKE, alike)] * bool(alike)))
    for mode, words in MODES.items():
        with_pasid = {'pasid': PASID} if mode == 'pasid' else {}
        for size, (text, job, _) in SIZES.items():
            yield Row(f'hit-{mode}-{size}', f'hits, {text}, {words}',
                      Group(mode), {**job, **with_pasid},
                      goals=(Goal('row', ALIKE, f'hit-{size}'),))


def misses():
    """The more the more pages."""
    for pages, limit in {4096: 0.25, 8192: 0.25, 65536: 0.3,
                         1048576: 0.3}.items():
        yield Row(f'random-{pages}', f'random over {pages:,} pages',
                  job={'pages': pages, 'random': 1},
                  goals=(Goal('time', limit),))


def invalidations():
    """With others cached."""
    limits = {1: Goal('time', 0.6), 100: Goal('row', ALIKE, 'page-1'),
              900: Goal('time', 0.1), MANY: Goal('row', ALIKE, 'page-1')}
    for others, goal in limits.items():
        flat = [Goal('row', ALIKE, 'page-1')] * (others == 900)
        yield Row(f'page-{others}', 'DMA, page invalidation, wait; '
                  f'{others:,} others cached', others=others,
                  invalidates='page', goals=(goal, *flat))
    yield Row('register', 'IQT written, no descriptor is new',
              job={'length': 0, 'step': 0, 'status': 0}, invalidates='page')
    wide = {'domain': ('domain', Group()), 'global': ('global', Group()),
            'pasid': ('PASID', Group('first'))}
    for kind, (words, group) in wide.items():
        text = f'{words} invalidation, wait; {MANY:,} cached'
        yield Row(f'{kind}-{MANY}', text, group, {'length': 0, 'warm': WARM},
                  MANY, kind, once=True, goals=(Goal('ns', 3000),))
        yield Row(f'{kind}-{MANY}-cold', f'{text}, cold CPU', group,
                  {'length': 0}, MANY, kind, once=True)


def threads():
    """Time divided by the DMAs of both: half of one thread's is the best."""
    both = {'pages': 512, 'threads': 2}
    twice = (Goal('rate', 1.7, 'threads-1', True),)
    yield Row('threads-1', '1 thread, 512 pages', job={'pages': 512})
    yield Row('threads-same', '2 threads, same device', job=both, goals=twice)
    yield Row('threads-other', '2 threads, different devices',
              job={**both, 'spread': 1}, goals=twice)
    yield Row('threads-aside', '2 threads, a third invalidates',
              job={**both, 'base': OTHERS_AT, 'aside': 1}, invalidates='page',
              goals=(Goal('rate', 0.7, 'threads-same', True),))


def interrupts():
    """Remapped; the same device with remapping off."""
    yield Row('interrupt', 'an MSI', job={'base': 0xfee00010, 'message': 1},
              goals=(Goal('none', 1.3), Goal('row', 1.3, 'interrupt-off')))
    yield Row('interrupt-off', 'an MSI, remapping off', Group(remaps=False),
              job={'message': 1})


def others():
    """Those who mirror, many units, pass-through, memory."""
    for mapped in (4096, 65536):
        group = Group(listens=True, mapped=mapped)
        alike = mapped > 4096
        yield Row(f'replay-{mapped}', f'replay of {mapped:,} pages, each',
                  group, replays=True,
                  goals=(Goal('row', ALIKE, 'replay-4096'),) * alike)
        yield Row(f'change-{mapped}', f'1 of {mapped:,} mirrored pages changed',
                  group, {'length': 0, 'toggle': leaf_of(0)},
                  invalidates='page',
                  goals=(Goal('row', ALIKE, 'change-4096'),) * alike)
    yield Row('units-16', '64 devices x 512 pages, ours in 16 units',
              Group(many=True), {'pages': 512, 'devices': 64},
              goals=(Goal('row', ALIKE, 'hit-512'),))
    for mode, words in zip(PASS, ('legacy', 'scalable')):
        yield Row(mode, f'pass-through, {words} mode', Group(mode),
                  {'pages': 512}, goals=(Goal('none', 1.1),))
    yield Row('memory', 'memory of a cached page, bytes', model='memory',
              goals=(Goal('bytes', 64),))


ROWS = [*hits(), *misses(), *invalidations(), *threads(), *interrupts(),
        *others()]
