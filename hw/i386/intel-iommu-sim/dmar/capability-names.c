/*
 * The fields of CAP and ECAP by name, also those that the model lacks.
 * Spec: "Capability Register", "Extended Capability Register"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "capability-names.h"
#include "hw/i386/vtdm/spec/registers.h"

typedef struct Field {
    const char *name;
    uint64_t mask;
} Field;

#define CAP(name) { #name, VTDM_CAP_##name }
#define ECAP(name) { #name, VTDM_ECAP_##name }

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

char *vtdm_capability_names(bool ecap, uint64_t bits)
{
    GString *list = g_string_new(NULL);

    for (const Field *field = ecap ? ecap_fields : cap_fields; field->name;
         field++) {
        if (bits & field->mask) {
            g_string_append_printf(list, " %s", field->name);
        }
        bits &= ~field->mask;
    }
    for (unsigned n = 0; n < 64; n++) {
        if (bits & VTDM_BIT(n)) {
            g_string_append_printf(list, " bit-%u", n);
        }
    }
    return g_strchug(g_string_free(list, FALSE));
}
