/*
 * Root and context entries of scalable mode.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_SCALABLE_CONTEXT_H
#define VTDM_CORE_SCALABLE_CONTEXT_H

#include "context-cache.h"

/*
 * Reads the context entry of @context->source_id out of the tables into
 * @context. Returns why it cannot be used.
 */
VTDMCondition vtdm_scalable_context_read(VTDMUnit *unit, VTDMView view,
                                         VTDMContext *context);

#endif
