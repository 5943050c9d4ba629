# SPDX-License-Identifier: GPL-2.0-or-later
# The commands of this project; `make help` lists them. Each one is a script of
# scripts/, which does its own checks and says what it does.

export QEMU QEMU_SRC MODULE_DIR DESTDIR PREFIX KERNEL INITRD APPEND ARGS DMAR \
	CASE ROWS ROUNDS QUICK LONG_SECONDS SYSTEM APT COMMAND

.DEFAULT_GOAL := help
.PHONY: help run run-bare build module deb install uninstall test test-unit \
	test-qtest test-guest test-long test-clean test-module fuzz coverage instructions bench bench-plot bench-guest stress clean \
	clean-cache kernel demo-sva demo-nested demo-dirty driver-coverage

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1@\2/p' Makefile | \
		awk -F@ '{ printf "%-22s%s\n", $$1, $$2 }'
	@cat scripts/help

run: ## boot a VM through the device, check its I/O, catch a stray DMA
	@scripts/run

run-bare: ## boot the example without an operating system, tests/guest/bare
	@scripts/run-bare

build: ## get and build QEMU with the device, and dmarinfo, into build/
	@scripts/setup unit qemu
	@scripts/build/qemu
	@scripts/build/tools

module: ## the device for the installed QEMU (or QEMU=FILE): build/qemu-iommu-sim
	@scripts/setup unit module
	@scripts/build/module
	@scripts/build/tools

deb: ## a Debian package of it, which depends on the QEMU that it is for
	@scripts/setup unit module
	@scripts/build/deb

install: ## copy module, launcher, dmarinfo below PREFIX (/usr/local) and DESTDIR
	@scripts/install

uninstall: ## remove them from there
	@scripts/install --remove

test: ## run every test
	@scripts/setup unit qemu guest module fuzz coverage instructions
	@scripts/test/all unit qtest guest module fuzz coverage instructions

test-unit: ## test the model alone: no QEMU, no network, seconds
	@scripts/test/all unit

test-qtest: ## test registers, DMA and interrupts through QEMU
	@scripts/test/all qtest

test-module: ## test the module in Debian's QEMUs, or in QEMU=FILE
	@scripts/test/all module

test-guest: ## boot real kernels (CASE=glob takes some of the cases)
	@scripts/test/all guest

test-long: ## boot what `make test` leaves out (CASE=glob, LONG_SECONDS=N)
	@scripts/test/all long

test-clean: ## try `make run` and `make test` in a new Debian 12 and 13 (root; hours)
	@scripts/test/all clean

fuzz: ## run each fuzz target for a bounded time
	@scripts/test/all fuzz

coverage: ## run the unit tests and print the coverage of the model
	@scripts/test/coverage

instructions: ## count instructions of each operation of the model (ROWS=glob)
	@scripts/test/instructions

kernel: ## a small Linux with IOMMUFD and our driver (the first time: long)
	@scripts/build/kernel

demo-sva: ## a device works in a program's own memory, by its pointers
	@scripts/demo sva

demo-nested: ## a program owns the first stage, the kernel the second
	@scripts/demo nested

demo-dirty: ## the kernel tells which pages a device wrote
	@scripts/demo dirty

driver-coverage: ## which functions of Linux's VT-d driver run, and under QEMU's
	@scripts/driver-coverage

bench: ## what a DMA costs behind each IOMMU (ROWS=glob ROUNDS=N QUICK=1)
	@scripts/bench dma

bench-plot: ## draw what it found: build/bench.svg
	@scripts/bench plot

bench-guest: ## what drivers in a guest get behind each IOMMU (ROWS=mode ROUNDS=N QUICK=1)
	@scripts/bench guest

stress: ## rebind, plug, stop, go on (STRESS_SECONDS=3600 DEVICE=intel-iommu LOAD=4)
	@scripts/stress $(or $(STRESS_SECONDS),300) $(or $(DEVICE),intel-iommu-sim) $(LOAD)

clean: ## remove build/
	rm -rf build

clean-cache: ## remove what all clones share: QEMU, kernels, package lists
	rm -rf "$${XDG_CACHE_HOME:-$$HOME/.cache}/intel-iommu-sim"
