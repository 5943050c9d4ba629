/*
 * What a unit has counted, as it is saved.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_SAVE_STATISTICS_H
#define VTDM_CORE_SAVE_STATISTICS_H

#include "save-section.h"

/* The counters of the guest are registers; it comes after those. */
extern const VTDMSection vtdm_save_statistics;

#endif
