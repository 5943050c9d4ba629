/*
 * The test's side of vtdm-listener devices.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef LISTENING_H
#define LISTENING_H

#include "listener.h"
#include "vm.h"

/*
 * QEMU is started with the module that has the device. @program: the test's
 * own path.
 */
void listening_load(const char *program);

/* A VM with the one listener "listener", which is in domain VM_DID. */
#define LISTENING_SID           0x0028      /* 00:05.0 */
#define LISTENING_DEVICE        "-device vtdm-listener,id=listener,addr=05.0"

/* It starts with @options of the IOMMU, that device, and the queue on. */
VM *listening_start(const char *options, const char *device);

/* Flushes VM_DID from the IOTLB; the listener's context entry, of a domain. */
void listening_flush(VM *vm, unsigned g, uint64_t address, unsigned am);
void listening_flush_context(VM *vm, uint16_t domain_id);

/* A text that the device @id shows. The caller frees it. */
char *listening_read(VM *vm, const char *id, const char *property);
void listening_expect(VM *vm, const char *id, const char *property,
                      const char *wanted);

/* A number that it shows. */
uint64_t listening_count(VM *vm, const char *id, const char *property);

/* Sets a text, which must be taken. */
void listening_write(VM *vm, const char *id, const char *property,
                     const char *text);

/* Whether it sees memory as it is. */
bool listening_sees_memory(VM *vm, const char *id);

#endif
