/*
 * intel-iommu-sim: all that a unit is, as bytes, and back.
 *
 * The bytes are little-endian, say themselves what they hold, and are the same
 * for the same state: docs/migration-format.md has their form. In them are
 * registers, what the unit remembers beside them, work that is half done, and
 * what is cached: so a stale translation stays one. What the host was told, and
 * what mirrors have, is not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_SAVE_H
#define VTDM_SAVE_H

#include "hw/i386/vtdm/vtdm.h"

/* Lines about one stream. */
#define VTDM_LOAD_PROBLEMS      20

/*
 * Gives the state of the unit, which goes on as it was. Without @with_caches,
 * what is cached stays behind, and a unit that loads this walks anew. The
 * caller unrefs the bytes.
 *
 * It may be called between any two calls of the unit, also where a queue is
 * half run, but not from an operation of the host. The lock is taken; whoever
 * calls the unit meanwhile waits.
 */
GByteArray *vtdm_unit_save(VTDMUnit *unit, bool with_caches);

/*
 * Puts a unit into the state that vtdm_unit_save() gave of another one, of the
 * same configuration. All of @bytes is checked before anything changes. Returns
 * false, and nothing has changed, where they are not such a state; then
 * @problems (NULL: not wanted) has gained a line for each thing that is wrong,
 * VTDM_LOAD_PROBLEMS at most: what it is, why, and what to do.
 *
 * No other call of this unit may run meanwhile, nor may this one come from an
 * operation of the host, of which only now and wake_at are called. When the
 * machine has been loaded as a whole, its memory too, the host calls
 * vtdm_unit_work(): it tells those who keep copies that everything has changed,
 * and goes on with what was half done. Memory and time are in proportion to
 * @size, and to what the unit had cached.
 */
bool vtdm_unit_load(VTDMUnit *unit, const void *bytes, size_t size,
                    GPtrArray *problems);

#endif
