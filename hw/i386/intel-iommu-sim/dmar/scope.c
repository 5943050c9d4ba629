/*
 * Device scopes: the bytes that name one device, or a bridge and all below
 * it, by a path of bridges from a bus.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "scope.h"

/* Spec: "Device Scope Structure" */
static const char *const type_names[] = {
    [VTDM_DMAR_SCOPE_ENDPOINT] = "endpoint",
    [VTDM_DMAR_SCOPE_BRIDGE] = "bridge",
    [VTDM_DMAR_SCOPE_IOAPIC] = "IOAPIC",
    [VTDM_DMAR_SCOPE_HPET] = "HPET",
    [VTDM_DMAR_SCOPE_NAMESPACE] = "namespace device",
};

const VTDMDmarProperty vtdm_dmar_properties[] = {
    { "no-nested", VTDM_SIDP_NO_NESTED },
    { "no-pwsnp", VTDM_SIDP_NO_PWSNP },
    { "no-pgsnp", VTDM_SIDP_NO_PGSNP },
    { "atc-hardened", VTDM_SIDP_ATC_HARDENED },
    { "atc-required", VTDM_SIDP_ATC_REQUIRED },
    { NULL }
};

static bool type_is_known(uint8_t type)
{
    return type < G_N_ELEMENTS(type_names) && type_names[type];
}

char *vtdm_dmar_scope_name(const VTDMDmarScope *scope)
{
    GString *name = g_string_new(NULL);

    if (type_is_known(scope->type)) {
        g_string_append(name, type_names[scope->type]);
    } else {
        g_string_append_printf(name, "scope of type %u", scope->type);
    }
    if (!vtdm_dmar_scope_is_pci(scope)) {
        g_string_append_printf(name, " %u", scope->enumeration_id);
    }
    g_string_append_printf(name, " %02x", scope->start_bus);
    for (unsigned i = 0; i < scope->steps; i++) {
        g_string_append_printf(name, "%c%02x.%x", i ? '/' : ':',
                               scope->path[i].device,
                               scope->path[i].function);
    }
    return g_string_free(name, FALSE);
}

bool vtdm_dmar_scope_covers(const VTDMDmarScope *outer,
                            const VTDMDmarScope *inner)
{
    bool fits = outer->type == VTDM_DMAR_SCOPE_BRIDGE
                    ? outer->steps <= inner->steps
                    : outer->steps == inner->steps &&
                      outer->type == inner->type;

    return fits && outer->start_bus == inner->start_bus &&
           !memcmp(outer->path, inner->path,
                      outer->steps * sizeof(outer->path[0]));
}

static void warn_reserved(const VTDMDmarSpan *span, unsigned structure,
                          const VTDMDmarScope *scope)
{
    const uint8_t reserved[sizeof(VTDMDmarScopeHead)] = {
        [offsetof(VTDMDmarScopeHead, flags)] =
            structure == VTDM_DMAR_SIDP ? VTDM_DMAR_SCOPE_FLAGS_RESERVED
                                        : 0xff,
        [offsetof(VTDMDmarScopeHead, reserved)] = 0xff,
        [offsetof(VTDMDmarScopeHead, enumeration_id)] =
            vtdm_dmar_scope_is_pci(scope) ? 0xff : 0,
    };

    vtdm_dmar_warn_reserved(span, "device scope", reserved,
                            sizeof(reserved));
}

/* Does a scope of the length that it claims fit? */
static bool scope_fits(const VTDMDmarSpan *span, const char *name)
{
    size_t head = sizeof(VTDMDmarScopeHead), least;
    uint8_t type, length;

    if (span->length < head) {
        vtdm_dmar_note(span->errors, span->at,
                       "%s: a device scope needs %zu bytes, %zu are left",
                       name, head, span->length);
        return false;
    }
    type = span->bytes[offsetof(VTDMDmarScopeHead, type)];
    length = span->bytes[offsetof(VTDMDmarScopeHead, length)];
    if (length > span->length) {
        vtdm_dmar_note(span->errors, span->at,
                       "%s: device scope runs past the end of its structure "
                       "(length %u, %zu bytes left)",
                       name, length, span->length);
        return false;
    }
    least = head + (type_is_known(type) ? sizeof(VTDMDmarStep) : 0);
    if (length < least) {
        vtdm_dmar_note(span->errors, span->at, "%s: device scope of length "
                       "%u, expected at least %zu", name, length, least);
        return false;
    }
    return true;
}

static void warn_scope(const VTDMDmarSpan *span, const VTDMDmarScope *scope,
                       const VTDMDmarKind *kind)
{
    g_autofree char *name = vtdm_dmar_scope_name(scope);

    if (!type_is_known(scope->type)) {
        vtdm_dmar_note(span->warnings, span->at,
                       "%s: device scope of the reserved type %u names no "
                       "device", kind->name, scope->type);
    } else if (!(kind->scope_types & 1u << scope->type)) {
        vtdm_dmar_note(span->warnings, span->at, "%s: %s does not belong "
                       "into this structure", kind->name, name);
    }
    for (unsigned i = 0; i < scope->steps; i++) {
        if (scope->path[i].device > 31 || scope->path[i].function > 7) {
            vtdm_dmar_note(span->warnings, span->at,
                           "%s: %s: no PCI device has this number",
                           kind->name, name);
            return;
        }
    }
}

/* One scope that fits; returns its length. */
static size_t read_scope(const VTDMDmarSpan *span, unsigned structure,
                         GArray *scopes)
{
    VTDMDmarScope scope = { .at = span->at };
    VTDMDmarScopeHead head;

    memcpy(&head, span->bytes, sizeof(head));
    scope.type = head.type;
    scope.flags = head.flags;
    scope.enumeration_id = head.enumeration_id;
    scope.reserved = head.reserved;
    scope.start_bus = head.start_bus;
    scope.steps = (head.length - sizeof(head)) / sizeof(VTDMDmarStep);
    memcpy(scope.path, span->bytes + sizeof(head),
           scope.steps * sizeof(VTDMDmarStep));
    scope.is_odd = (head.length - sizeof(head)) % sizeof(VTDMDmarStep);
    scope.half_step = scope.is_odd ? span->bytes[head.length - 1] : 0;
    g_array_append_val(scopes, scope);

    warn_reserved(span, structure, &scope);
    warn_scope(span, &scope, &vtdm_dmar_kinds[structure]);
    if (scope.is_odd) {
        vtdm_dmar_note(span->warnings, span->at,
                       "%s: device scope of odd length %u: half a step of "
                       "its path is ignored",
                       vtdm_dmar_kinds[structure].name, head.length);
    }
    return head.length;
}

GArray *vtdm_dmar_read_scopes(const VTDMDmarSpan *span, unsigned type)
{
    GArray *scopes = g_array_new(FALSE, FALSE, sizeof(VTDMDmarScope));

    for (size_t from = 0; from < span->length;) {
        VTDMDmarSpan rest = vtdm_dmar_rest(span, from);

        if (!scope_fits(&rest, vtdm_dmar_kinds[type].name)) {
            break;
        }
        from += read_scope(&rest, type, scopes);
    }
    return scopes;
}

void vtdm_dmar_write_scopes(const GArray *scopes, GByteArray *out)
{
    for (unsigned i = 0; i < scopes->len; i++) {
        const VTDMDmarScope *scope = vtdm_dmar_scope(scopes, i);
        size_t path = scope->steps * sizeof(VTDMDmarStep);
        VTDMDmarScopeHead head = {
            .type = scope->type,
            .length = sizeof(head) + path + scope->is_odd,
            .flags = scope->flags,
            .reserved = scope->reserved,
            .enumeration_id = scope->enumeration_id,
            .start_bus = scope->start_bus,
        };

        g_byte_array_append(out, (const uint8_t *)&head, sizeof(head));
        g_byte_array_append(out, (const uint8_t *)scope->path, path);
        g_byte_array_append(out, &scope->half_step, scope->is_odd);
    }
}
