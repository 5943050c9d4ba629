# SPDX-License-Identifier: GPL-2.0-or-later
"""A VM that goes on in another QEMU."""
import contextlib
import os
import time

from .paths import Failure
from .vm import PATIENCE, VM

# As much as the host gives, and a pause that ends on a busy one, too.
PARAMETERS = {'max-bandwidth': 1 << 40, 'downtime-limit': 20_000}


class Next(VM):
    """A QEMU as that of `vm`, which waits for its state; its logs are in
    `folder`."""

    def __init__(self, vm, folder):
        folder.mkdir(exist_ok=True)
        self.console = folder / 'console.log'
        self.output = folder / 'results.log'
        self.errors = folder / 'qemu.log'
        # A socket's path is short.
        self.path = f'/tmp/vtdm-{os.getpid()}-{folder.name}'
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        own = {f'file:{vm.console}': f'file:{self.console}',
               f'file:{vm.output}': f'file:{self.output}'}
        self.plain = [own.get(word, word) for word in
                      getattr(vm, 'plain', vm.command)]
        self.command = [*self.plain, '-incoming', f'unix:{self.path}']
        self.process = None
        self.qmp = None

    def __exit__(self, *args):
        super().__exit__(*args)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)


def migration(vm):
    """What it says of the migration."""
    return vm.qmp.command('query-migrate')


def await_end(vm, seconds=PATIENCE):
    """Until it has succeeded."""
    deadline = time.monotonic() + seconds
    while (told := migration(vm)).get('status') != 'completed':
        if told.get('status') == 'failed' or time.monotonic() > deadline:
            raise Failure(f'the migration does not end: {told}, '
                          f'{vm.tail(vm.errors)}')
        time.sleep(0.05)


def move(vm, successor):
    """The guest of `vm` goes on in `successor`, which has started."""
    vm.qmp.command('migrate-set-parameters', **PARAMETERS)
    vm.qmp.command('migrate', uri=f'unix:{successor.path}')
    await_end(vm)
    await_end(successor)
