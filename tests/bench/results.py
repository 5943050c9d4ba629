# SPDX-License-Identifier: GPL-2.0-or-later
"""What follows from the rounds of `make bench`, and its table."""
import statistics

from lib.report import table
from goals import NONE, NULL, OURS, QEMUS, judge, words_of

IOMMUS = (NONE, NULL, QEMUS, OURS)


def medians(results, which):
    """Of elapsed time (0), or of CPU time (1)."""
    return {iommu: statistics.median(pair[which] for pair in rounds)
            for iommu, rounds in results.items()}


def spread(values):
    """Half of the rounds are between the two in the middle, all of them between
    the others."""
    ends = statistics.quantiles(values, n=4, method='inclusive') \
        if len(values) > 1 else values * 3
    return [min(values), ends[0], ends[2], max(values)]


def rates(times, threads):
    """DMAs of all threads in a microsecond."""
    return {iommu: 1000 * threads / ns for iommu, ns in times.items() if ns}


def own_costs(ns):
    """What is above the null IOMMU, and ours to QEMU's."""
    if not {NULL, QEMUS, OURS} <= ns.keys():
        return {}
    own = {iommu: ns[iommu] - ns[NULL] for iommu in (QEMUS, OURS)}
    return {'own': own} | ({'own-ratio': own[OURS] / own[QEMUS]}
                           if own[QEMUS] > 0 else {})


def summary(row, results, cpu, crowded):
    """Medians, and what follows from them. Throughput is that of elapsed time,
    or what it would be if each thread had a CPU, by their time."""
    cpu = cpu and not (row.once or row.replays)
    elapsed, of_cpus = medians(results, 0), medians(results, 1)
    ns = of_cpus if cpu else elapsed
    columns = {iommu: [pair[int(cpu)] for pair in rounds]
               for iommu, rounds in results.items()}
    facts = {'name': row.name, 'text': row.text, 'ns': ns,
             'elapsed': elapsed, 'cpu': of_cpus, 'rounds': columns,
             'spread': {iommu: spread(values)
                        for iommu, values in columns.items()},
             'crowded': crowded or cpu, 'rate': rates(elapsed, 1),
             'cpu-rate': rates(of_cpus, row.run()['threads'])}
    if OURS in ns and QEMUS in ns:
        facts['ratio'] = ns[OURS] / ns[QEMUS]
    return facts | own_costs(ns)


def from_model(row, model):
    """A row of bytes that the model's own benchmark says; perhaps none."""
    found = {line['name']: line['value'] for line in model}
    return {'name': row.name, 'text': row.text, 'ns': {}, 'spread': {},
            'bytes': found.get(row.model)}


def with_goals(rows, by_name):
    """All facts, each with what it was to reach."""
    return [{**by_name[row.name], 'goals': list(judge(row, by_name))}
            for row in rows]


def number(value, digits=0):
    """For people; nothing for nothing."""
    return '-' if value is None else f'{value:,.{digits}f}'


def noise(fact):
    """How far the middle half of the rounds lies apart, in percent: that of the
    IOMMU for which it is most."""
    return max((100 * (high - low) / fact['ns'][iommu]
                for iommu, (_, low, high, _) in fact['spread'].items()
                if fact['ns'][iommu] and len(fact['rounds'][iommu]) > 1),
               default=None)


def line(fact):
    """One of the table."""
    ours = fact['ns'].get(OURS, fact.get('bytes'))
    own = fact.get('own', {})
    return [fact['name'], fact['text'],
            *(number(fact['ns'].get(iommu)) for iommu in IOMMUS[:-1]),
            number(ours), number(noise(fact)), number(fact.get('ratio'), 2),
            *(number(own.get(iommu)) for iommu in (QEMUS, OURS)),
            number(fact.get('own-ratio'), 2),
            '; '.join(map(words_of, fact['goals']))]


def print_times(facts, kind):
    """The table of all rows."""
    print(f'\nns {kind}for one operation (median); +-%: half of the rounds are '
          'so close together;\nratio: ours to QEMU\'s; own: less what the null '
          'IOMMU takes; goal: what was found, the limit, reached or not')
    print('\n'.join(table(['row', 'work', *IOMMUS, '+-%', 'ratio', 'own, QEMU',
                           'own, ours', 'of own', 'goal'], map(line, facts))))
    judged = [goal['reached'] for fact in facts for goal in fact['goals']]
    print(f'{judged.count(True)} goals reached, {judged.count(False)} not, '
          f'{judged.count(None)} not measured')
