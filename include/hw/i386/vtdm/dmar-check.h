/*
 * What must hold of a table, and what should.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_CHECK_H
#define VTDM_DMAR_CHECK_H

#include "hw/i386/vtdm/dmar.h"

/*
 * Checks what vtdm_dmar_read() has read. What no operating system could use,
 * and what dmar->platform cannot have, goes to @errors, all else that is
 * wrong to dmar->warnings. Of a broken description nothing is said.
 */
void vtdm_dmar_check(const VTDMDmar *dmar, VTDMDmarNotes *errors);

#endif
