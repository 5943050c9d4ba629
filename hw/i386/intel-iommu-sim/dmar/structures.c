/*
 * The kinds of structure that a DMAR table contains, each a row: how it
 * looks in bytes and in memory. Parser and builder walk these rows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "structures.h"

#define SCOPE(type) (1u << VTDM_DMAR_SCOPE_##type)
#define ANY_SCOPE (SCOPE(ENDPOINT) | SCOPE(BRIDGE) | SCOPE(IOAPIC) \
                   | SCOPE(HPET) | SCOPE(NAMESPACE))

static void append(GByteArray *out, const void *bytes, size_t len)
{
    g_byte_array_append(out, bytes, len);
}

static void *read_unit(const VTDMDmarSpan *span)
{
    VTDMDmarUnit *unit = g_new0(VTDMDmarUnit, 1);
    VTDMDmarDrhd raw;

    memcpy(&raw, span->bytes, sizeof(raw));
    unit->base = GUINT64_FROM_LE(raw.register_base);
    unit->size = (uint64_t)VTDM_DMAR_PAGE << (raw.size & VTDM_DRHD_SIZE_N);
    unit->segment = GUINT16_FROM_LE(raw.segment);
    unit->include_all = raw.flags & VTDM_DRHD_INCLUDE_PCI_ALL;
    return unit;
}

static void write_unit(const void *structure, GByteArray *out)
{
    const VTDMDmarUnit *unit = structure;
    VTDMDmarDrhd raw = {
        .flags = unit->include_all ? VTDM_DRHD_INCLUDE_PCI_ALL : 0,
        .size = __builtin_ctzll(unit->size / VTDM_DMAR_PAGE),
        .segment = GUINT16_TO_LE(unit->segment),
        .register_base = GUINT64_TO_LE(unit->base),
    };

    append(out, &raw, sizeof(raw));
}

static void *read_region(const VTDMDmarSpan *span)
{
    VTDMDmarRegion *region;
    VTDMDmarRmrr raw;

    memcpy(&raw, span->bytes, sizeof(raw));
    if (GUINT64_FROM_LE(raw.limit) < GUINT64_FROM_LE(raw.base)) {
        vtdm_dmar_note(span->warnings, span->at,
                       "RMRR: ignored, its limit " HEX64 " is below its "
                       "base " HEX64,
                       GUINT64_FROM_LE(raw.limit), GUINT64_FROM_LE(raw.base));
        return NULL;
    }
    region = g_new0(VTDMDmarRegion, 1);
    region->base = GUINT64_FROM_LE(raw.base);
    region->limit = GUINT64_FROM_LE(raw.limit);
    region->segment = GUINT16_FROM_LE(raw.segment);
    return region;
}

static void write_region(const void *structure, GByteArray *out)
{
    const VTDMDmarRegion *region = structure;
    VTDMDmarRmrr raw = {
        .segment = GUINT16_TO_LE(region->segment),
        .base = GUINT64_TO_LE(region->base),
        .limit = GUINT64_TO_LE(region->limit),
    };

    append(out, &raw, sizeof(raw));
}

static void *read_group(const VTDMDmarSpan *span)
{
    VTDMDmarGroup *group = g_new0(VTDMDmarGroup, 1);
    VTDMDmarScoped raw;

    memcpy(&raw, span->bytes, sizeof(raw));
    group->flags = raw.flags;
    group->segment = GUINT16_FROM_LE(raw.segment);
    return group;
}

static void write_group(const void *structure, GByteArray *out)
{
    const VTDMDmarGroup *group = structure;
    VTDMDmarScoped raw = {
        .flags = group->flags,
        .segment = GUINT16_TO_LE(group->segment),
    };

    append(out, &raw, sizeof(raw));
}

static void *read_affinity(const VTDMDmarSpan *span)
{
    VTDMDmarAffinity *affinity = g_new0(VTDMDmarAffinity, 1);
    VTDMDmarRhsa raw;

    memcpy(&raw, span->bytes, sizeof(raw));
    affinity->base = GUINT64_FROM_LE(raw.register_base);
    affinity->proximity_domain = GUINT32_FROM_LE(raw.proximity_domain);
    return affinity;
}

static void write_affinity(const void *structure, GByteArray *out)
{
    const VTDMDmarAffinity *affinity = structure;
    VTDMDmarRhsa raw = {
        .register_base = GUINT64_TO_LE(affinity->base),
        .proximity_domain = GUINT32_TO_LE(affinity->proximity_domain),
    };

    append(out, &raw, sizeof(raw));
}

static void *read_name(const VTDMDmarSpan *span)
{
    const char *path = (const char *)span->bytes + sizeof(VTDMDmarAndd);
    size_t room = span->length - sizeof(VTDMDmarAndd);
    VTDMDmarName *name;

    if (!memchr(path, 0, room)) {
        vtdm_dmar_note(span->errors, span->at,
                       "ANDD: the object path of %zu bytes does not end "
                       "with a zero byte", room);
        return NULL;
    }
    name = g_new0(VTDMDmarName, 1);
    name->device_number =
        span->bytes[offsetof(VTDMDmarAndd, device_number)];
    name->path = g_strdup(path);
    return name;
}

static void write_name(const void *structure, GByteArray *out)
{
    const VTDMDmarName *name = structure;
    VTDMDmarAndd raw = { .device_number = name->device_number };

    append(out, &raw, sizeof(raw));
    if (!name->raw) {               /* else the path is in what follows */
        append(out, name->path, strlen(name->path) + 1);
    }
}

static void free_structure(void *opaque)
{
    VTDMDmarStructure *structure = opaque;

    g_clear_pointer(&structure->raw, g_bytes_unref);
    g_free(structure);
}

static void free_unit(void *unit)
{
    g_array_unref(((VTDMDmarUnit *)unit)->scopes);
    free_structure(unit);
}

static void free_region(void *region)
{
    g_array_unref(((VTDMDmarRegion *)region)->scopes);
    free_structure(region);
}

static void free_group(void *group)
{
    g_array_unref(((VTDMDmarGroup *)group)->scopes);
    free_structure(group);
}

static void free_name(void *name)
{
    g_free(((VTDMDmarName *)name)->path);
    free_structure(name);
}

/* Spec: "Remapping Structure Types" */
const VTDMDmarKind vtdm_dmar_kinds[VTDM_DMAR_TYPES] = {
    [VTDM_DMAR_DRHD] = {
        .name = "DRHD",
        .fixed = sizeof(VTDMDmarDrhd),
        .reserved = { [4] = VTDM_DRHD_FLAGS_RESERVED,
                      [5] = VTDM_DRHD_SIZE_RESERVED },
        .list = offsetof(VTDMDmar, units),
        .segment = offsetof(VTDMDmarUnit, segment),
        .scopes = offsetof(VTDMDmarUnit, scopes),
        .scope_types = ANY_SCOPE,
        .read = read_unit, .write = write_unit, .free = free_unit,
    },
    [VTDM_DMAR_RMRR] = {
        .name = "RMRR",
        .fixed = sizeof(VTDMDmarRmrr),
        .reserved = { [4] = 0xff, [5] = 0xff },
        .list = offsetof(VTDMDmar, regions),
        .segment = offsetof(VTDMDmarRegion, segment),
        .scopes = offsetof(VTDMDmarRegion, scopes),
        .scope_types = ANY_SCOPE,
        .read = read_region, .write = write_region, .free = free_region,
    },
    [VTDM_DMAR_ATSR] = {
        .name = "ATSR",
        .fixed = sizeof(VTDMDmarScoped),
        .reserved = { [4] = (uint8_t)~VTDM_ATSR_ALL_PORTS, [5] = 0xff },
        .list = offsetof(VTDMDmar, atsr),
        .segment = offsetof(VTDMDmarGroup, segment),
        .scopes = offsetof(VTDMDmarGroup, scopes),
        .scope_types = SCOPE(BRIDGE),
        .read = read_group, .write = write_group, .free = free_group,
    },
    [VTDM_DMAR_RHSA] = {
        .name = "RHSA",
        .fixed = sizeof(VTDMDmarRhsa),
        .reserved = { [4] = 0xff, [5] = 0xff, [6] = 0xff, [7] = 0xff },
        .list = offsetof(VTDMDmar, affinities),
        .read = read_affinity, .write = write_affinity,
        .free = free_structure,
    },
    [VTDM_DMAR_ANDD] = {
        .name = "ANDD",
        .fixed = sizeof(VTDMDmarAndd),
        .reserved = { [4] = 0xff, [5] = 0xff, [6] = 0xff },
        .list = offsetof(VTDMDmar, names),
        .read = read_name, .write = write_name, .free = free_name,
    },
    [VTDM_DMAR_SATC] = {
        .name = "SATC",
        .fixed = sizeof(VTDMDmarScoped),
        .reserved = { [4] = (uint8_t)~VTDM_SATC_ATC_REQUIRED, [5] = 0xff },
        .list = offsetof(VTDMDmar, satc),
        .segment = offsetof(VTDMDmarGroup, segment),
        .scopes = offsetof(VTDMDmarGroup, scopes),
        .scope_types = SCOPE(ENDPOINT),
        .read = read_group, .write = write_group, .free = free_group,
    },
    [VTDM_DMAR_SIDP] = {
        .name = "SIDP",
        .fixed = sizeof(VTDMDmarScoped),
        .reserved = { [4] = 0xff, [5] = 0xff },
        .list = offsetof(VTDMDmar, sidp),
        .segment = offsetof(VTDMDmarGroup, segment),
        .scopes = offsetof(VTDMDmarGroup, scopes),
        .scope_types = SCOPE(ENDPOINT) | SCOPE(NAMESPACE),
        .read = read_group, .write = write_group, .free = free_group,
    },
};

/* Spec: "DMA Remapping Reporting Structure" */
static const VTDMDmarHeader our_header = {
    .signature = { 'D', 'M', 'A', 'R' },
    .revision = VTDM_DMAR_REVISION,
    .oem_id = { 'V', 'T', 'D', 'S', 'I', 'M' },
    .oem_table_id = { 'I', 'O', 'M', 'M', 'U', ' ', ' ', ' ' },
    .oem_revision = GUINT32_TO_LE(1),
    .creator_id = { 'V', 'T', 'D', 'M' },
    .creator_revision = GUINT32_TO_LE(1),
};

VTDMDmar *vtdm_dmar_new(uint8_t host_address_width, uint8_t flags)
{
    VTDMDmar *dmar = g_new0(VTDMDmar, 1);

    dmar->header = our_header;
    dmar->host_address_width = host_address_width;
    dmar->flags = flags;
    dmar->warnings = vtdm_dmar_notes_new();
    for (unsigned type = 0; type < VTDM_DMAR_TYPES; type++) {
        const VTDMDmarKind *kind = &vtdm_dmar_kinds[type];

        *vtdm_dmar_list(kind, dmar) =
            g_ptr_array_new_with_free_func(kind->free);
    }
    dmar->others = g_ptr_array_new_with_free_func(free_structure);
    return dmar;
}

void vtdm_dmar_free(VTDMDmar *dmar)
{
    if (!dmar) {
        return;
    }
    for (unsigned type = 0; type < VTDM_DMAR_TYPES; type++) {
        g_ptr_array_unref(*vtdm_dmar_list(&vtdm_dmar_kinds[type], dmar));
    }
    g_ptr_array_unref(dmar->others);
    vtdm_dmar_notes_free(dmar->warnings);
    g_free(dmar);
}
