# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds the guest's initramfs: busybox, kernel modules, our C programs, the
init and one case's script."""
import lzma
import os
import stat
import subprocess
from pathlib import Path

from .paths import BUILD, GUEST, ROOT, Failure, from_script

CACHE = BUILD / 'guest'
HEADERS = [ROOT / 'include/hw/i386/vtdm/vtd-testdev.h',
           ROOT / 'tools/linux/vtd-testdev-ioctl.h']
MODULES = ['nvme', 'virtio_pci', 'virtio_blk', 'virtio_net', 'e1000e', 'ahci',
           'sd_mod', 'xhci_pci', 'usb_storage', 'uas', 'vfio_iommu_type1',
           'vfio_pci']
DECOMPRESS = {
    '.ko': bytes,
    '.xz': lzma.decompress,
    '.zst': lambda data: subprocess.run(['zstd', '-dc'], input=data, check=True,
                                        stdout=subprocess.PIPE).stdout,
}


class Modules:
    """The modules of one kernel, as depmod and the kernel's build list them."""

    def __init__(self, kernel):
        [self.folder] = (kernel / 'lib/modules').iterdir()
        self.needs = {}
        for line in self._lines('modules.dep'):
            path, _, needs = line.partition(':')
            self.needs[self._name(path)] = (path, needs.split())
        self.builtin = {self._name(path)
                        for path in self._lines('modules.builtin')}

    def _lines(self, name):
        return (self.folder / name).read_text().splitlines()

    @staticmethod
    def _name(path):
        return os.path.basename(path).partition('.')[0].replace('-', '_')

    def in_load_order(self, names):
        """Paths of the modules and all that they need, those first."""
        order = {}
        for name in names:
            if name in self.needs:
                path, needs = self.needs[name]
                order.update(dict.fromkeys([*reversed(needs), path]))
            elif self.needs and name not in self.builtin:
                raise Failure(f'{self.folder} has no module {name}')
        return list(order)

    def contents(self, path):
        """A module's bytes, decompressed."""
        file = self.folder / path
        return DECOMPRESS[file.suffix](file.read_bytes())


def compile_program(source):
    """The path of a static program from one C file, or a folder of them."""
    program = CACHE / source.stem
    files = sorted(source.iterdir()) if source.is_dir() else [source]
    newest = max(file.stat().st_mtime for file in [*files, *HEADERS])
    if not program.exists() or program.stat().st_mtime < newest:
        CACHE.mkdir(parents=True, exist_ok=True)
        partial = program.with_suffix(f'.{os.getpid()}')
        subprocess.run(['cc', '-static', '-O2', '-Wall', '-Wextra', '-Werror',
                        *(f'-I{header.parent}' for header in HEADERS),
                        '-o', partial,
                        *(file for file in files if file.suffix == '.c')],
                       check=True)
        partial.rename(program)
    return program


def archive(files):
    """A `newc` cpio archive of {path: (mode, bytes)}; folders are added."""
    entries = {}
    for path, entry in files.items():
        parts = path.split('/')
        for depth in range(1, len(parts)):
            entries.setdefault('/'.join(parts[:depth]),
                               (stat.S_IFDIR | 0o755, b''))
        entries[path] = entry
    entries['TRAILER!!!'] = (0, b'')
    out = bytearray()
    for number, (path, (mode, data)) in enumerate(entries.items(), 1):
        name = path.encode() + b'\0'
        fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0]
        out += b'070701' + b''.join(b'%08x' % field for field in fields) + name
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(out) % 4)
    return bytes(out)


def build(kernel, script, folder, modules, more):
    """The path of an initramfs that runs `script` (text for busybox's sh), with
    `more` programs and libraries: {path: what it is a copy of}."""
    found = Modules(kernel)
    order = found.in_load_order(modules)
    program, text = stat.S_IFREG | 0o755, stat.S_IFREG | 0o644
    files = {
        'init': (program, (GUEST / 'init').read_bytes()),
        'guest.sh': (text, (GUEST / 'guest.sh').read_bytes()),
        'script': (text, script.encode()),
        'bin/busybox': (program, Path(from_script('get/busybox')).read_bytes()),
        'modules.order': (text, ''.join(f'{os.path.basename(path)}\n'
                                        for path in order).encode()),
    }
    for path in order:
        files['modules/' + os.path.basename(path)] = \
            (text, found.contents(path))
    for source in (GUEST / 'programs').iterdir():
        files['bin/' + source.stem] = \
            (program, compile_program(source).read_bytes())
    for path, source in more.items():
        files[path] = (program, source.read_bytes())
    image = folder / 'initramfs'
    image.write_bytes(archive(files))
    return image
