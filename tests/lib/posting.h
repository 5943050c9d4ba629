/*
 * One entry of posted format and its descriptor, for tests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef POSTING_H
#define POSTING_H

#include "machine.h"

#define PID             0x300040        /* of 64 bytes, not of more */
#define VECTOR          0xa5
#define NV              0xf2
#define CPU             0x1234567
#define XAPIC_CPU       0x67
#define INDEX           3
#define SID             0x1234

#define ON              VTDM_PID_4_ON
#define SN              VTDM_PID_4_SN

/* A unit of posted interrupts with its queue and interrupt remapping on. */
Machine *posting_new(bool eime);

/* Puts the entry that requests are for; nothing is cached then. */
void posting_put(Machine *machine, VTDMEntry128 irte);

/* The descriptor, in memory. */
void posting_put_descriptor(Machine *machine, VTDMEntry512 pid);
VTDMEntry512 posting_get_descriptor(Machine *machine);
void posting_expect_descriptor(Machine *machine, VTDMEntry512 wanted);

/* An empty descriptor for @cpu; an entry of posted format that leads to it. */
VTDMEntry512 posting_set_up(Machine *machine, uint32_t cpu, bool eime);

/* Whether bit @bit of a descriptor must be 0. */
bool posting_bit_is_reserved(unsigned bit, bool eime);

/* A request of SID for the entry; as a device makes it. */
VTDMInterrupt posting_request(Machine *machine, VTDMView view);
VTDMInterrupt posting_send(Machine *machine);

/* Fails the test unless @interrupt met @condition; or, without, was posted. */
void posting_expect(VTDMInterrupt interrupt, VTDMCondition condition);

#endif
