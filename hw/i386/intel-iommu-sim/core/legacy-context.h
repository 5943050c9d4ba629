/*
 * Root and context entries of legacy mode.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_LEGACY_CONTEXT_H
#define VTDM_CORE_LEGACY_CONTEXT_H

#include "context-cache.h"

/*
 * Reads the context entry of @context->source_id out of the tables into
 * @context. Returns why it cannot be used.
 */
VTDMCondition vtdm_legacy_context_read(VTDMUnit *unit, VTDMView view,
                                       VTDMContext *context);

/* Why a unit cannot use TT and AW of a context entry. */
VTDMCondition vtdm_legacy_context_check(const VTDMConfig *config, unsigned tt,
                                        unsigned aw);

#endif
