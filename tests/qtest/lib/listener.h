/*
 * What the vtdm-listener device shows of what it was told.
 *
 * Properties: "map", "device-tlb" and "host-width" say whom it plays; "ram" is
 * how much memory it sees without an IOMMU; "pages" is its mirror, for each
 * page "INPUT MASK OUTPUT PERM;" in order and in hexadecimal; "log" is what it
 * heard since it was last read: "map INPUT MASK;" or "unmap INPUT MASK;".
 *
 * "routes" is how often it heard that interrupt entries changed, as KVM does.
 * Setting "ask" to an address asks where it leads, as vhost does, and leaves
 * "ask INPUT OUTPUT PERM;" in the log; setting "route" to "ADDRESS DATA"
 * computes a route of KVM's, and leaves "route ADDRESS DATA;". To "at-stop" it
 * writes four bytes of 0 when the machine stops.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef LISTENER_H
#define LISTENER_H

#define TYPE_VTDM_LISTENER "vtdm-listener"

#endif
