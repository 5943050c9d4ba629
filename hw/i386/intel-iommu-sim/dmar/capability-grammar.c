/*
 * Capabilities as words: each has the name of the property that gives it to
 * all units, and two take a whole register of a real machine.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "capability-grammar.h"
#include "capability-names.h"

static bool take_switch(VTDMText *text, const VTDMWord *word, void *field)
{
    static const char *const values[] = { "=off", "=on" };
    size_t len = strcspn(text->p, VTDM_TEXT_WORD_END);

    for (size_t on = 0; on < G_N_ELEMENTS(values); on++) {
        if (strlen(values[on]) == len && !memcmp(values[on], text->p, len)) {
            text->p += len;
            *(bool *)field = on;
            return true;
        }
    }
    return vtdm_text_expected(text, "=on or =off");
}

static bool take_8_bits(VTDMText *text, const VTDMWord *word, void *field)
{
    uint64_t value = 0;
    bool ok = vtdm_text_take_value(text, word, &value);

    *(uint8_t *)field = value;
    return ok;
}

static bool take_16_bits(VTDMText *text, const VTDMWord *word, void *field)
{
    uint64_t value = 0;
    bool ok = vtdm_text_take_value(text, word, &value);

    *(uint16_t *)field = value;
    return ok;
}

static bool take_32_bits(VTDMText *text, const VTDMWord *word, void *field)
{
    uint64_t value = 0;
    bool ok = vtdm_text_take_value(text, word, &value);

    *(uint32_t *)field = value;
    return ok;
}

static bool take_width(VTDMText *text, const VTDMWord *word, void *field)
{
    VTDMText value = *text;
    uint64_t bits;

    return (vtdm_text_take(text, '=') &&
            vtdm_text_take_number(text, 10, UINT8_MAX, &bits) &&
            vtdm_config_set_width(field, bits)) ||
           vtdm_text_expected(&value, "=39, =48 or =57");
}

/* Off: SAGAW is 0. On: it is as it was, or goes with MGAW. */
static bool take_translation(VTDMText *text, const VTDMWord *word,
                             void *field)
{
    VTDMConfig *config = field;
    bool on = false;

    if (!take_switch(text, word, &on)) {
        return false;
    }
    if (!on) {
        config->sagaw = 0;
    } else if (!config->sagaw && !vtdm_config_set_width(config,
                                                        config->mgaw)) {
        return vtdm_text_expected(text, "aw-bits= before it");
    }
    return true;
}

static bool take_register(VTDMText *text, uint64_t *value)
{
    return vtdm_text_take(text, '=') ?
           vtdm_text_take_address(text, value, "a register as the kernel "
                                  "prints it, such as 0xd2008c40660462") :
           vtdm_text_expected(text, "'=' and a register");
}

static void warn_lost(VTDMText *text, const VTDMWord *word, bool ecap,
                      uint64_t bits)
{
    g_autofree char *names = vtdm_capability_names(ecap, bits);

    if (bits) {
        vtdm_dmar_note(text->warnings, text->word, "%s= has bits that this "
                       "model lacks, they are clear: %s", word->name, names);
    }
}

static bool take_cap(VTDMText *text, const VTDMWord *word, void *field)
{
    uint64_t cap;

    if (!take_register(text, &cap)) {
        return false;
    }
    vtdm_config_set_cap(field, cap);
    warn_lost(text, word, false,
              cap & ~(vtdm_config_cap(field) | VTDM_CAP_FRO));
    return true;
}

static bool take_ecap(VTDMText *text, const VTDMWord *word, void *field)
{
    uint64_t ecap;

    if (!take_register(text, &ecap)) {
        return false;
    }
    vtdm_config_set_ecap(field, ecap);
    warn_lost(text, word, true,
              ecap & ~(vtdm_config_ecap(field) | VTDM_ECAP_IRO));
    return true;
}

#define SWITCH(name, field) \
    { name, name "=on", take_switch, offsetof(VTDMConfig, field) }
#define NUMBER(name, bits, field, max) \
    { name, name "=N", take_##bits##_bits, offsetof(VTDMConfig, field), max }

const VTDMWord vtdm_capability_words[] = {
    { "cap", "cap=0x...", take_cap },
    { "ecap", "ecap=0x...", take_ecap },
    SWITCH("intremap", ir),
    SWITCH("eim", eim),
    SWITCH("caching-mode", cm),
    { "aw-bits", "aw-bits=N", take_width },
    SWITCH("device-iotlb", dt),
    SWITCH("dma-drain", drain),
    { "dma-translation", "dma-translation=on", take_translation },
    SWITCH("pt", pt),
    SWITCH("snoop-control", sc),
    NUMBER("version-major", 8, version_major, 15),
    NUMBER("fault-records", 16, fault_records, 256),
    NUMBER("nd", 8, nd, 6),
    SWITCH("rwbf", rwbf),
    SWITCH("plmr", plmr),
    SWITCH("phmr", phmr),
    SWITCH("zlr", zlr),
    NUMBER("sslps", 8, sslps, 3),
    SWITCH("psi", psi),
    NUMBER("mamv", 8, mamv, 63),
    SWITCH("esrtps", esrtps),
    SWITCH("esirtps", esirtps),
    SWITCH("coherent", c),
    SWITCH("qi", qi),
    NUMBER("mhmv", 8, mhmv, 15),
    SWITCH("adms", adms),
    NUMBER("iotlb-entries", 32, iotlb_entries, UINT32_MAX),
    { NULL }
};
