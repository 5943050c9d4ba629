# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's perf in a guest: what it counts is what the units have counted."""
from cases.own_units import NATIVE
from lib.checks import Checks
from lib.package import files_of
from lib.state import State
from lib.vm import VM

UNIT = ('intel-iommu-sim,id=iommu0,scalable-mode=on,svm=on,fault-records=16,'
        'perfmon=on')
BASE = 0xfed90000
NODE = '/dev/vtd-testdev0'
SHARER, NESTER = '0000:00:03.0', '0000:00:04.0'
EVENTS = ('iommu_clocks', 'iommu_requests', 'pw_occupancy', 'ats_blocked',
          'iommu_mrds', 'iommu_mem_blocked', 'pg_req_posted',
          'ctxt_cache_lookup', 'ctxt_cache_hit', 'pasid_cache_lookup',
          'pasid_cache_hit', 'ss_nonleaf_lookup', 'ss_nonleaf_hit',
          'fs_nonleaf_lookup', 'fs_nonleaf_hit', 'hpt_nonleaf_lookup',
          'hpt_nonleaf_hit', 'iotlb_lookup', 'iotlb_hit', 'hpt_leaf_lookup',
          'hpt_leaf_hit', 'int_cache_lookup', 'int_cache_hit_nonposted',
          'int_cache_hit_posted')
# What goes on all the time, and what the program has no part in.
ALWAYS = {'iommu_clocks', 'int_cache_lookup', 'int_cache_hit_nonposted'}
NEVER = {'ats_blocked', 'iommu_mem_blocked', 'int_cache_hit_posted',
         'hpt_nonleaf_lookup', 'hpt_nonleaf_hit', 'hpt_leaf_lookup',
         'hpt_leaf_hit'}

# Filters of one event, and those that together see all of it.
FILTERS = {
    'all': '',
    'sharer': ',filter_requester_id_en=0x1,filter_requester_id=0x18',
    'nester': ',filter_requester_id_en=0x1,filter_requester_id=0x20',
    'with': ',filter_pasid_en=0x1,filter_pasid=0x100000',
    'without': ',filter_pasid_en=0x1,filter_pasid=0x200000',
}
PARTS = ('sharer', 'nester'), ('with', 'without')

# The host tells the guest to go on by a device that it plugs.
PORTS = {f'go{number}': f'0000:00:1{number}.0' for number in range(3)}
def events():
    """For perf: all, as one group."""
    return '{' + ','.join(f'dmar0/{name}/' for name in EVENTS) + '}'


def filters():
    """For perf: one event through each filter."""
    return '{' + ','.join(f'dmar0/iotlb_lookup{more}/'
                          for more in FILTERS.values()) + '}'


def script():
    """What the guest runs."""
    return f'''
pmu=/sys/bus/event_source/devices/dmar0
say listed $(perf list pmu 2>/dev/null | grep -c ' dmar0/')
for file in $pmu/events/* $pmu/format/*; do
    say file-$(basename $file) "$(cat $file)"
done
bind {NESTER} vfio-pci
cat >/tmp/work <<'END'
. /guest.sh
say inside
plugged {PORTS['go1']}
sva {NODE}
iommufd nested {NESTER}
say worked
plugged {PORTS['go2']}
END
wait_for {NODE}
say ready
plugged {PORTS['go0']}
perf stat -a -x ';' -o /tmp/counts -e '{events()}' sh /tmp/work
say ended
say counts $(cut -d ';' -f 1,3 /tmp/counts | grep dmar0)

perf stat -a -x ';' -o /tmp/filtered -e '{filters()}' \
    sh -c 'sva {NODE}; iommufd nested {NESTER}'
say filtered $(cut -d ';' -f 1 /tmp/filtered | grep '^[0-9]')

capabilities=$(devmem $(({BASE} + 0x300)) 64)
last=$(((capabilities & 0xffff) - 1))
width=$((capabilities >> 16 & 0x7f))
stride=$((1 << (capabilities >> 52 & 7) + 10))
counters=$(devmem $(({BASE} + 0x31c)) 32)
devmem $(({BASE} + counters + last * stride)) 64 $(((1 << width) - 3))
perf stat -a -x ';' -o /tmp/wrapped -e dmar0/iotlb_lookup/ sva {NODE}
say wrapped $(cut -d ';' -f 1 /tmp/wrapped | grep '^[0-9]')
say overflows $(interrupts dmar0-perf)
'''


def statistics(vm):
    """What the unit has counted by now."""
    return State(vm.qmp).units[0]['counts']


def measure(vm):
    """The unit's own counts, from before perf began to count to after it has
    ended; and from when it had begun to before it ended."""
    def go(number):
        vm.qmp.command('device_add', driver='edu', id=f'edu{number}',
                       bus=f'go{number}')

    seen = []
    for number, moment in enumerate(('ready', 'inside', 'worked')):
        vm.wait_result(moment)
        seen.append(statistics(vm))
        go(number)
    vm.wait_result('ended')
    seen.append(statistics(vm))

    def between(first, last):
        return {name: seen[last][name] - seen[first][name] for name in EVENTS}
    return between(0, 3), between(1, 2)


def check_counts(checks, results, outer, inner):
    """Each count is between those; most of them are one number."""
    words = (results.get('counts') or '').split()
    counts = {name.split('/')[1]: int(value)
              for value, name in (word.split(';') for word in words
                                  if word[:1].isdigit())}
    checks.that('perf counts each event', set(counts) == set(EVENTS), words)
    wrong = {name: (count, inner[name], outer[name])
             for name, count in counts.items()
             if not inner[name] <= count <= outer[name]}
    checks.that('each count is the unit\'s own', not wrong, wrong)
    idle = {name for name, count in counts.items() if not count}
    checks.that('each event happens that can', idle <= NEVER, idle)
    vague = {name for name in counts if inner[name] != outer[name]}
    checks.that('all that only devices cause is counted exactly',
                vague <= ALWAYS, vague)


def check_filters(checks, results):
    """What parts the filters see."""
    counts = dict(zip(FILTERS, map(int, (results.get('filtered') or '')
                                   .split())))
    checks.that('perf counts through each filter',
                set(counts) == set(FILTERS) and all(counts.values()), counts)
    for parts in PARTS:
        checks.that(f'{" and ".join(parts)} are all',
                    sum(counts.get(part, 0) for part in parts) ==
                    counts.get('all'), counts)


def run(folder):
    """One boot with all of it."""
    checks = Checks()
    options = ['-device', UNIT, '-device', 'vtd-testdev,id=test0,addr=3',
               '-device', 'vtd-testdev,id=test1,addr=4',
               '-global', 'ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off']
    for number in range(len(PORTS)):
        options += ['-device', f'pcie-root-port,id=go{number},'
                               f'slot={number + 1},addr=1{number}']
    with VM(folder, script(), options, 'own', NATIVE, modules=[],
            more=files_of('perf')) as vm:
        outer, inner = measure(vm)
        vm.wait_power_off()
    results = vm.results()
    checks.that('the guest ended well', results.get('exit') == '0',
                f'see {vm.console}')
    checks.same('perf lists the events', results.get('listed'),
                str(len(EVENTS)))
    shown = {name for name in results if name.startswith('file-')}
    checks.that('Linux shows each of them',
                {f'file-{name}' for name in EVENTS} <= shown, shown)
    check_counts(checks, results, outer, inner)
    check_filters(checks, results)
    wrapped = int(results.get('wrapped') or 0)
    checks.that('a counter that overflows interrupts, and no count is lost',
                results.get('overflows') not in (None, '0') and
                3 < wrapped < 1 << 20, (wrapped, results.get('overflows')))
    checks.raise_failed()


LONG = {'own/perf': run}
