# SPDX-License-Identifier: GPL-2.0-or-later
"""One run of QEMU: a kernel, an initramfs and devices; its console and its
results in files; its monitor open until the end, also after the guest has
powered off."""
import functools
import socket
import subprocess
import time

from . import initramfs
from .paths import QEMU, Failure, from_script, kernel
from .qmp import QMP
from .state import BootRace

MACHINE = ['-M', 'q35', '-smp', '2', '-m', '1G', '-nodefaults', '-display',
           'none', '-no-reboot',
           '-action', 'shutdown=pause']
PATIENCE = 1800     # seconds after which a guest is taken for hung

KERNEL = 'console=ttyS0 panic=-1 rcupdate.rcu_cpu_stall_suppress=1'


@functools.cache
def for_busy_host():
    """The parameters without which a busy host's guest may not boot."""
    return from_script('build/parameters')


def command_line(append):
    """The kernel's."""
    return f'{KERNEL} {for_busy_host()} {append}'


def linux(folder, script, series, append, modules, more):
    """QEMU options that boot Debian's kernel."""
    image = kernel(series)
    return ['-kernel', str(image / 'vmlinuz'), '-initrd',
            str(initramfs.build(image, script, folder, modules, more or {})),
            '-append', command_line(append)]


class VM:
    """A VM from its start to its end; a `with` statement ends it.

    folder   where its logs go
    script   what the guest runs: text for its shell, see guest.sh
    devices  QEMU options, the IOMMU first
    series   the Debian kernel
    append   more of the kernel's command line
    modules  those of the kernel that it loads
    more     more of the guest's files: {path: the host's}
    system   QEMU options that boot another system than that kernel
    thread   of TCG: multi for one for each CPU, single for one for all, as
             with several a CPU's access may reach another device than it named
             while another CPU moves a BAR (docs/manual/limits.md)
    """

    def __init__(self, folder, script, devices, series='6.12',
                 append='intel_iommu=on', modules=initramfs.MODULES, more=None,
                 system=None, thread='single'):
        self.console = folder / 'console.log'
        self.output = folder / 'results.log'
        self.errors = folder / 'qemu.log'
        self.command = [
            'setpriv', '--pdeathsig', 'KILL', str(QEMU), *MACHINE,
            '-accel', f'tcg,thread={thread}', *devices,
            *(system or
              linux(folder, script, series, append, modules, more)),
            '-serial', f'file:{self.console}',
            '-serial', f'file:{self.output}']
        self.process = None
        self.qmp = None

    def __enter__(self):
        ours, its = socket.socketpair()
        monitor = ['-chardev', f'socket,id=monitor,fd={its.fileno()}',
                   '-mon', 'chardev=monitor,mode=control']
        for log in self.console, self.output:
            log.write_bytes(b'')
        with its, self.errors.open('wb') as errors:
            self.process = subprocess.Popen(
                self.command + monitor, pass_fds=[its.fileno()],
                stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)
        self.qmp = QMP(ours)
        try:
            self.qmp.negotiate(PATIENCE)
        except (EOFError, TimeoutError, ConnectionError) as error:
            self.__exit__()
            raise Failure('QEMU did not start: '
                          f'{self.tail(self.errors)}') from error
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.qmp.socket.close()

    def said(self):
        """What QEMU itself has printed."""
        return self.errors.read_text(errors='replace')

    @staticmethod
    def tail(log, lines=20):
        """The last lines of a log, below its path."""
        text = log.read_text(errors='replace').splitlines()[-lines:]
        return '\n    '.join([str(log), *text])

    def wait_power_off(self, seconds=PATIENCE):
        """Until the guest has powered off by itself; QEMU stays."""
        try:
            event = self.qmp.wait_event('SHUTDOWN', seconds)
        except TimeoutError as error:
            raise Failure(f'the guest hung, after {seconds} s its console '
                          f'ends: {self.tail(self.console)}') from error
        except EOFError as error:
            raise Failure(f'QEMU died: {self.tail(self.errors)}') from error
        reason = event['data']['reason']
        if self.console_lines('Oops: int3'):
            raise BootRace('a vCPU ran code that Linux was changing')
        if reason != 'guest-shutdown':
            raise Failure(f'the guest ended by {reason}, its console ends: '
                          f'{self.tail(self.console)}')

    def wait_until(self, what, holds, seconds=PATIENCE):
        """Until that holds, which `what` tells."""
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise Failure(f'waited in vain for {what}, the guest\'s '
                              f'console ends: {self.tail(self.console)}')
            time.sleep(0.2)

    def wait_result(self, name, seconds=PATIENCE):
        """Until the guest's script has said that since the last boot."""
        self.wait_until(f'the guest to say {name}',
                        lambda: name in self.results(), seconds)

    def wait_console(self, words, seconds=PATIENCE):
        """Until the guest's console has these words."""
        deadline = time.monotonic() + seconds
        while not self.console_lines(words):
            if time.monotonic() > deadline:
                raise Failure(f'"{words}" is not in the console, which ends: '
                              f'{self.tail(self.console)}')
            time.sleep(0.5)

    def lives(self):
        """What the guest's script said, boot by boot: [{name: value}]."""
        lives = []
        for line in self.output.read_text(errors='replace').splitlines():
            name, _, value = line.strip().partition(' ')
            if name == 'begin':
                lives.append({})
            elif lives:
                lives[-1][name] = value
        return lives

    def results(self):
        """What it said since the last boot."""
        return (self.lives() or [{}])[-1]

    def console_lines(self, *words):
        """The lines of the guest's last kernel that have all of the words."""
        text = self.console.read_text(errors='replace')
        text = text[max(text.rfind('Linux version '), 0):]
        return [line.strip() for line in text.splitlines()
                if all(word in line for word in words)]
