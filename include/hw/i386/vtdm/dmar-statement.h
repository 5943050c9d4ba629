/*
 * The text of the properties that describe structures of a DMAR table.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_STATEMENT_H
#define VTDM_DMAR_STATEMENT_H

#include "hw/i386/vtdm/dmar.h"

/* The units of a user who asked for none. */
#define VTDM_DMAR_DEFAULT_UNITS "0xfed90000 include-all ioapic hpet"

/*
 * Appends the structures of @text, which are of @type, to @dmar. Statements
 * are separated by ';', a statement is a head and words, separated by
 * spaces:
 *
 *   DRHD  BASE                   the register base of a unit
 *   RMRR  BASE-LIMIT[@BB:DD.F[/DD.F...][+BB:DD.F...]]
 *                                LIMIT is the last byte, the devices after
 *                                '@' are endpoints
 *   RHSA  BASE node=N            the NUMA node of the unit with that base
 *   ANDD  N path=\_SB.PC00.UA00  the namespace device that scopes call N
 *
 * The others have no head. Words name devices, in a DRHD all of them, else
 * those that the specification allows:
 *
 *   endpoint=BB:DD.F[/DD.F...]   a PCI function, by its path of bridges
 *   bridge=BB:DD.F[/DD.F...]     a bridge and everything below it
 *   ioapic[=ID@BB:DD.F]          an IOAPIC and its source-id; 0@ff:00.0
 *   hpet[=N@BB:DD.F]             an HPET and its source-id; 0@ff:0f.0
 *   namespace=N@BB:DD.F          an ACPI device and its source-id
 *
 * or are properties of the structure:
 *
 *   segment=N                    all but RHSA and ANDD
 *   include-all                  DRHD: every device that no unit lists
 *   size=4K                      DRHD: of the register set
 *   all-ports                    ATSR
 *   atc-required                 SATC
 *
 * In a SIDP the properties of a device follow it: no-nested, no-pwsnp,
 * no-pgsnp, atc-hardened, atc-required, as endpoint=00:02.0+no-pwsnp.
 *
 * BB, DD and F are hexadecimal as lspci prints them, ID and N are decimal.
 * Bus ff holds no PCI function of a machine that gives its buses numbers
 * from 0 up, so that the default source-ids are unique, and not 0, which
 * guests refuse.
 *
 * Call it for DRHD first: regions and nodes refer to units. And call
 * vtdm_dmar_check_statements() at the end. On failure it
 * returns false, leaves @dmar as it was, and adds a note to @errors for
 * everything that is wrong.
 */
bool vtdm_dmar_from_string(VTDMDmar *dmar, VTDMDmarType type,
                           const char *text, VTDMDmarNotes *errors);

/*
 * What only all texts together show: adds a note to @errors, with an offset
 * in the text of @type, for each namespace device that has no name.
 */
void vtdm_dmar_check_statements(const VTDMDmar *dmar, VTDMDmarType type,
                                VTDMDmarNotes *errors);

#endif
