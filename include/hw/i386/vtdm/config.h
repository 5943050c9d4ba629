/*
 * intel-iommu-sim: what a unit advertises, and what that rules out.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CONFIG_H
#define VTDM_CONFIG_H

#include <stddef.h>

#include <glib.h>

#include "hw/i386/vtdm/spec/registers.h"
#include "hw/i386/vtdm/spec/tables.h"

/*
 * What a unit advertises. Each field is named after its field of CAP or
 * ECAP and is in that field's encoding unless said otherwise.
 */
typedef struct VTDMConfig {
    uint8_t version_major;      /* VER.MAX: 1 to 15 */
    uint8_t host_address_width; /* bits of a host physical address: 12-52 */
    uint8_t mgaw;               /* maximum guest address width, in bits */
    uint8_t sagaw;              /* VTDM_SAGAW_* */
    uint8_t nd;                 /* domain-ids have 4 + 2 * nd bits: 0-6 */
    uint8_t sslps;              /* large pages: 0, 1 (2 MiB), 3 (+ 1 GiB) */
    uint8_t mamv;               /* largest address mask: 0-63 */
    uint8_t mhmv;               /* largest interrupt index mask: 0-15 */
    uint16_t fault_records;     /* NFR + 1: 1 to 256 */
    bool rwbf;
    bool plmr;
    bool phmr;
    bool cm;
    bool zlr;
    bool psi;
    bool drain;                 /* DRD and DWD */
    bool esrtps;
    bool esirtps;
    bool c;
    bool qi;
    bool dt;
    bool ir;
    bool eim;
    bool pt;
    bool sc;
    bool adms;
    uint32_t iotlb_entries;     /* translations kept, 1 or more */
} VTDMConfig;

/* A configuration that every rule allows: what users of QEMU expect. */
void vtdm_config_init(VTDMConfig *config);

/*
 * Makes the second stage's input @bits wide, with all narrower widths.
 * Returns false, and changes nothing, unless they are 39, 48 or 57.
 */
bool vtdm_config_set_width(VTDMConfig *config, unsigned bits);

/*
 * Takes over what a unit has whose CAP or ECAP reads so; where its registers
 * are is not taken. What this model lacks stays out of @config: the register
 * that follows from it has those bits clear.
 */
void vtdm_config_set_cap(VTDMConfig *config, uint64_t cap);
void vtdm_config_set_ecap(VTDMConfig *config, uint64_t ecap);

/*
 * Checks what the specification and this model demand of a configuration.
 * Appends one line for each conflict to @problems (NULL: not wanted): what
 * is wrong and how to mend it, in the words of the device's properties.
 * Returns whether there was none.
 * Spec: "Capability Register", "Extended Capability Register"
 */
bool vtdm_config_check(const VTDMConfig *config, GPtrArray *problems);

/* The registers that follow from a checked configuration. */
uint64_t vtdm_config_cap(const VTDMConfig *config);
uint64_t vtdm_config_ecap(const VTDMConfig *config);

/* Bytes of register space, a power of two of pages. */
size_t vtdm_config_register_size(const VTDMConfig *config);

#endif
