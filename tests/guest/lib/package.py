# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs that others wrote, for the guest: files of its initramfs, or an
archive on a disk."""
import re
import subprocess
import tarfile
from pathlib import Path

from .paths import from_script

LOADER = 'usr/lib64/ld-linux-x86-64.so.2'
LIBRARIES = 'usr/lib/x86_64-linux-gnu'


def files_of(program):
    """One of Debian's (scripts/get/program) with its libraries: {path in the
    guest: the host's}."""
    folder = Path(from_script('get/program', program))
    loader = Path(LOADER).name
    return {f'{path.relative_to(folder)}': path
            for path in folder.rglob('*') if path.is_file()} | \
        {f'lib64/{loader}': folder / 'lib' / loader}


class Package:
    """A tar archive of a program below `root` with the libraries that it is
    linked to, and more of them."""

    def __init__(self, folder, program, root=Path('/'), more=()):
        self.path = folder / f'{program.name}.tar'
        told = subprocess.run(
            [root / LOADER, '--list', '--library-path', root / LIBRARIES,
             program], check=True, text=True, stdout=subprocess.PIPE).stdout
        libraries = [Path(path) for path in re.findall(r'=> (/\S+)', told)]
        with tarfile.open(self.path, 'w', dereference=True) as archive:
            archive.add(program, f'bin/{program.name}')
            archive.add(root / LOADER, f'lib64/{Path(LOADER).name}')
            for library in [*libraries, *more]:
                archive.add(library, f'lib/{library.name}')

    def disk(self):
        """QEMU's options for a disk with it, in slot 1e."""
        return ['-drive', 'if=none,id=package,format=raw,readonly=on,'
                          f'file={str(self.path).replace(",", ",,")}',
                '-device', 'virtio-blk-pci,drive=package,addr=1e,'
                           'iommu_platform=on,disable-legacy=on,packed=on']

    @staticmethod
    def script():
        """The guest's part."""
        return ('tar x -f "$(block_of 0000:00:1e.0)" -C /\n'
                'export LD_LIBRARY_PATH=/lib\n')
