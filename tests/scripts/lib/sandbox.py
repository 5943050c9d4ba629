# SPDX-License-Identifier: GPL-2.0-or-later
"""A clone with nothing but the scripts, and an apt that is ours."""
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FAKES = Path(__file__).resolve().parent / 'fakes'
KEYRING = Path('/usr/share/keyrings/debian-archive-keyring.gpg')

# What packages have: name -> files.
KERNEL = ['boot/vmlinuz-1', 'lib/modules/1/modules.dep',
          'lib/modules/1/modules.builtin']
SOURCE = ['VERSION', 'configure', 'meson.build', 'hw/i386/meson.build',
          'include/qemu/osdep.h', 'subprojects/keycodemapdb/meson.build']
PACKAGES = {
    'busybox-static': ['usr/bin/busybox'],
    'ovmf': ['usr/share/OVMF/OVMF_CODE_4M.fd', 'usr/share/OVMF/OVMF_VARS_4M.fd'],
    'dpdk-dev': ['usr/bin/dpdk-testpmd', 'usr/lib64/ld-linux-x86-64.so.2',
                 'usr/lib/x86_64-linux-gnu/libc.so.6', 'usr/share/doc/x',
                 'usr/include/x'],
    'qemu-system-x86': ['usr/bin/qemu-system-x86_64',
                        'usr/share/qemu/kvmvapic.bin'],
    'seabios': ['usr/share/seabios/bios-256k.bin'],
    'patchelf': ['usr/bin/patchelf', 'usr/lib64/ld-linux-x86-64.so.2'],
    'linux-image-6.1.1-amd64': KERNEL,
    'linux-image-6.12.1-amd64': KERNEL,
    'linux-image-7.1-amd64': KERNEL,
    'qemu': SOURCE,
}


class Failed(Exception):
    """Why a test has failed."""


class Skipped(Exception):
    """Why a test cannot be run here."""


def must(holds, why):
    """What a test demands."""
    if not holds:
        raise Failed(why)


class Sandbox:
    """A clone with nothing but the scripts, its cache, its apt."""

    def __init__(self, folder):
        self.root, self.fake = folder / 'clone', folder / 'fake'
        self.cache = folder / 'cache/intel-iommu-sim'
        shutil.copytree(ROOT / 'scripts', self.root / 'scripts')
        self.fake.mkdir()
        (self.fake / 'apt-config').write_text('')
        for package, files in PACKAGES.items():
            self.pack(package, files)
        self.environment = {
            'PATH': f'{FAKES}:{os.environ["PATH"]}', 'FAKE': str(self.fake),
            'HOME': str(folder), 'XDG_CACHE_HOME': str(folder / 'cache'),
            'MAIN_VERSION': '10.0.13'}

    def pack(self, package, files):
        """A package has these files; each is a program that does nothing."""
        top = self.fake / 'packages' / package
        shutil.rmtree(top, ignore_errors=True)
        for file in files:
            (top / file).parent.mkdir(parents=True, exist_ok=True)
            (top / file).write_text('10.0.13' if file == 'VERSION' else
                                    f'#!/bin/sh\n# {file}\n')
            (top / file).chmod(0o755)

    def stub(self, *names):
        """These scripts do nothing but tell."""
        for name in names:
            shutil.copy(FAKES / 'stub', self.root / 'scripts' / name)

    def run(self, script, *args, **environment):
        """A script's status, output, errors."""
        done = subprocess.run([self.root / 'scripts' / script, *args],
                              env=self.environment | environment, text=True,
                              check=False, stdin=subprocess.DEVNULL,
                              capture_output=True)
        return done.returncode, done.stdout, done.stderr

    def get(self, script, *args, **environment):
        """What a script prints that must succeed."""
        status, output, errors = self.run(script, *args, **environment)
        must(status == 0, (script, args, status, output, errors))
        return output.strip()

    def calls(self, command=''):
        """What apt-get was called for since the last time: suites, command."""
        log = self.fake / 'calls'
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return [line for line in lines if line.endswith(command)]


class WithApt(Sandbox):
    """For what asks for Debian's keyring."""

    def __init__(self, folder):
        if not KEYRING.exists():
            raise Skipped(f'no {KEYRING}')
        super().__init__(folder)
