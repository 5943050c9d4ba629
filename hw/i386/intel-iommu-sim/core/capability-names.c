/*
 * The fields of VER, CAP and ECAP by name, also those that the model lacks.
 * Spec: "Version Register", "Capability Register",
 * "Extended Capability Register"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/capability-names.h"
#include "hw/i386/vtdm/glib.h"
#include "hw/i386/vtdm/spec/registers.h"

typedef struct Field {
    const char *name;
    uint64_t mask;
} Field;

#define CAP(name) { #name, VTDM_CAP_##name }
#define ECAP(name) { #name, VTDM_ECAP_##name }

static const Field ver_fields[] = { { "MAX", VTDM_VER_MAX }, { NULL } };

static const Field cap_fields[] = {
    CAP(ND), CAP(RWBF), CAP(PLMR), CAP(PHMR), CAP(CM), CAP(SAGAW), CAP(MGAW),
    CAP(ZLR), CAP(FRO), CAP(SSLPS), CAP(PSI), CAP(NFR), CAP(MAMV), CAP(DWD),
    CAP(DRD), CAP(FS1GP), CAP(PI), CAP(FS5LP), CAP(ECMDS), CAP(ESIRTPS),
    CAP(ESRTPS), { NULL }
};

static const Field ecap_fields[] = {
    ECAP(C), ECAP(QI), ECAP(DT), ECAP(IR), ECAP(EIM), ECAP(PT), ECAP(SC),
    ECAP(IRO), ECAP(MHMV), ECAP(MTS), ECAP(NEST), ECAP(PRS), ECAP(ERS),
    ECAP(SRS), ECAP(NWFS), ECAP(EAFS), ECAP(PSS), ECAP(PASID), ECAP(DIT),
    ECAP(PDS), ECAP(SMTS), ECAP(VCS), ECAP(SSADS), ECAP(SSTS), ECAP(FSTS),
    ECAP(SMPWCS), ECAP(RPS), ECAP(TDXCS), ECAP(PMS), ECAP(ADMS),
    ECAP(RPRIVS), { NULL }
};

typedef struct Register {
    const char *prefix;
    const Field *fields;
} Register;

static const Register *register_at(uint32_t reg)
{
    static const Register ver = { "VER.", ver_fields };
    static const Register cap = { "CAP.", cap_fields };
    static const Register ecap = { "ECAP.", ecap_fields };

    return reg == VTDM_REG_CAP ? &cap : reg == VTDM_REG_ECAP ? &ecap : &ver;
}

static void add_name(GString *list, const char *between, const char *prefix,
                     const char *name)
{
    g_string_append_printf(list, "%s%s%s", list->len ? between : "", prefix,
                           name);
}

static char *list_fields(const Field *field, uint64_t bits,
                         const char *between, const char *prefix)
{
    GString *list = g_string_new(NULL);

    for (; field->name; field++) {
        if (bits & field->mask) {
            add_name(list, between, prefix, field->name);
        }
        bits &= ~field->mask;
    }
    for (unsigned n = 0; n < 64; n++) {
        if (bits & VTDM_BIT(n)) {
            g_autofree char *name = g_strdup_printf("bit-%u", n);

            add_name(list, between, prefix, name);
        }
    }
    return g_string_free(list, FALSE);
}

char *vtdm_capability_names(uint32_t reg, uint64_t bits)
{
    return list_fields(register_at(reg)->fields, bits, " ", "");
}

char *vtdm_capability_fields(uint32_t reg, uint64_t bits)
{
    const Register *at = register_at(reg);

    return list_fields(at->fields, bits, ", ", at->prefix);
}
