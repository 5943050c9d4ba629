/*
 * The ACPI DMAR table: its header, structures and device scopes, byte for
 * byte. All fields are little-endian, reserved ones are zero.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_SPEC_DMAR_H
#define VTDM_SPEC_DMAR_H

#include <assert.h>
#include <stdint.h>

#define VTDM_PACKED __attribute__((packed))

/* Spec: "DMA Remapping Reporting Structure" */
#define VTDM_DMAR_SIGNATURE "DMAR"
#define VTDM_DMAR_REVISION  1
#define VTDM_DMAR_REVISION_LAST 2       /* what firmware also writes */

typedef struct VTDM_PACKED VTDMDmarHeader {
    char signature[4];
    uint32_t length;                /* of the whole table */
    uint8_t revision;
    uint8_t checksum;               /* makes the sum of all bytes zero */
    char oem_id[6];
    char oem_table_id[8];
    uint32_t oem_revision;
    char creator_id[4];
    uint32_t creator_revision;
    uint8_t host_address_width;     /* in bits, minus one */
    uint8_t flags;
    uint8_t reserved[10];
} VTDMDmarHeader;
static_assert(sizeof(VTDMDmarHeader) == 48, "DMAR header");

#define   VTDM_DMAR_INTR_REMAP      0x01
#define   VTDM_DMAR_X2APIC_OPT_OUT  0x02
#define   VTDM_DMAR_DMA_CTRL_OPT_IN 0x04
#define   VTDM_DMAR_FLAGS_RESERVED  0xf8

/* A host address width below this leaves no room for one 4 KiB page. */
#define VTDM_DMAR_MIN_ADDRESS_WIDTH 12
#define VTDM_DMAR_MAX_ADDRESS_WIDTH 64

/* Spec: "Remapping Structure Types" */
typedef enum VTDMDmarType {
    VTDM_DMAR_DRHD = 0,
    VTDM_DMAR_RMRR = 1,
    VTDM_DMAR_ATSR = 2,
    VTDM_DMAR_RHSA = 3,
    VTDM_DMAR_ANDD = 4,
    VTDM_DMAR_SATC = 5,
    VTDM_DMAR_SIDP = 6,
    VTDM_DMAR_TYPES
} VTDMDmarType;

typedef struct VTDM_PACKED VTDMDmarPrefix {
    uint16_t type;
    uint16_t length;                /* of the structure with its scopes */
} VTDMDmarPrefix;
static_assert(sizeof(VTDMDmarPrefix) == 4, "structure prefix");

/* Spec: "DMA Remapping Hardware Unit Definition Structure" */
typedef struct VTDM_PACKED VTDMDmarDrhd {
    VTDMDmarPrefix prefix;
    uint8_t flags;
    uint8_t size;
    uint16_t segment;
    uint64_t register_base;
} VTDMDmarDrhd;
static_assert(sizeof(VTDMDmarDrhd) == 16, "DRHD");

#define   VTDM_DRHD_INCLUDE_PCI_ALL 0x01
#define   VTDM_DRHD_FLAGS_RESERVED  0xfe
#define   VTDM_DRHD_SIZE_N          0x0f    /* 2^N pages of registers */
#define   VTDM_DRHD_SIZE_RESERVED   0xf0

/* Spec: "Reserved Memory Region Reporting Structure" */
typedef struct VTDM_PACKED VTDMDmarRmrr {
    VTDMDmarPrefix prefix;
    uint16_t reserved;
    uint16_t segment;
    uint64_t base;
    uint64_t limit;                 /* address of the last byte */
} VTDMDmarRmrr;
static_assert(sizeof(VTDMDmarRmrr) == 24, "RMRR");

/* Spec: "Root Port ATS Capability Reporting Structure" */
/* Spec: "SoC Integrated Address Translation Cache Reporting Structure" */
/* Spec: "SoC Integrated Device Property Reporting Structure" */
typedef struct VTDM_PACKED VTDMDmarScoped {
    VTDMDmarPrefix prefix;
    uint8_t flags;                  /* reserved in a SIDP */
    uint8_t reserved;
    uint16_t segment;
} VTDMDmarScoped;
static_assert(sizeof(VTDMDmarScoped) == 8, "ATSR, SATC and SIDP");

#define   VTDM_ATSR_ALL_PORTS       0x01
#define   VTDM_SATC_ATC_REQUIRED    0x01

/* Spec: "Remapping Hardware Static Affinity Structure" */
typedef struct VTDM_PACKED VTDMDmarRhsa {
    VTDMDmarPrefix prefix;
    uint32_t reserved;
    uint64_t register_base;
    uint32_t proximity_domain;
} VTDMDmarRhsa;
static_assert(sizeof(VTDMDmarRhsa) == 20, "RHSA");

/* Spec: "ACPI Name-space Device Declaration Structure" */
typedef struct VTDM_PACKED VTDMDmarAndd {
    VTDMDmarPrefix prefix;
    uint8_t reserved[3];
    uint8_t device_number;          /* followed by the object's path */
} VTDMDmarAndd;
static_assert(sizeof(VTDMDmarAndd) == 8, "ANDD");

/* Spec: "Device Scope Structure" */
typedef enum VTDMDmarScopeType {
    VTDM_DMAR_SCOPE_ENDPOINT = 1,
    VTDM_DMAR_SCOPE_BRIDGE = 2,     /* and everything below it */
    VTDM_DMAR_SCOPE_IOAPIC = 3,
    VTDM_DMAR_SCOPE_HPET = 4,
    VTDM_DMAR_SCOPE_NAMESPACE = 5,
} VTDMDmarScopeType;

typedef struct VTDM_PACKED VTDMDmarScopeHead {
    uint8_t type;
    uint8_t length;                 /* 6 + 2 for each step of the path */
    uint8_t flags;
    uint8_t reserved;
    uint8_t enumeration_id;
    uint8_t start_bus;
} VTDMDmarScopeHead;
static_assert(sizeof(VTDMDmarScopeHead) == 6, "device scope");

typedef struct VTDM_PACKED VTDMDmarStep {
    uint8_t device;
    uint8_t function;
} VTDMDmarStep;
static_assert(sizeof(VTDMDmarStep) == 2, "path step");

/* What a length of one byte has room for. */
#define VTDM_DMAR_SCOPE_MAX_STEPS \
    ((UINT8_MAX - sizeof(VTDMDmarScopeHead)) / sizeof(VTDMDmarStep))

/* The flags of a scope in a SIDP; elsewhere they are reserved. */
#define   VTDM_SIDP_NO_NESTED       0x01    /* for requests without PASID */
#define   VTDM_SIDP_NO_PWSNP        0x02
#define   VTDM_SIDP_NO_PGSNP        0x04
#define   VTDM_SIDP_ATC_HARDENED    0x08
#define   VTDM_SIDP_ATC_REQUIRED    0x10
#define   VTDM_DMAR_SCOPE_FLAGS_RESERVED 0xe0

#endif
