/*
 * Units that differ: the text of caps=, registers of real machines, and what
 * is refused.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/config-check.h"
#include "hw/i386/vtdm/capabilities.h"
#include "hw/i386/vtdm/config-register.h"
#include "hw/i386/vtdm/dmar-statement.h"

static VTDMCapabilities *standard(void)
{
    VTDMConfig config;

    vtdm_config_init(&config);
    config.host_address_width = 39;
    return vtdm_capabilities_new(&config);
}

/* What @text makes of the standard ones; the test fails if it is refused. */
static VTDMCapabilities *read_with(const char *text, VTDMDmarNotes *warnings)
{
    VTDMCapabilities *capabilities = standard();
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autofree char *said = NULL;

    vtdm_capabilities_from_string(capabilities, text, errors, warnings);
    said = vtdm_dmar_notes_for_text(errors, "caps", text);
    g_assert_cmpstr(said, ==, "");
    return capabilities;
}

static VTDMCapabilities *read_text(const char *text)
{
    g_autoptr(VTDMDmarNotes) warnings = vtdm_dmar_notes_new();

    return read_with(text, warnings);
}

static void expect_warnings(const char *text, const char *wanted)
{
    g_autoptr(VTDMDmarNotes) warnings = vtdm_dmar_notes_new();
    GString *said = g_string_new(NULL);

    vtdm_capabilities_free(read_with(text, warnings));
    for (unsigned i = 0; i < warnings->kept->len; i++) {
        const VTDMDmarNote *note = warnings->kept->pdata[i];

        g_string_append_printf(said, "%zu: %s\n", note->at + 1, note->text);
    }
    g_assert_cmpstr(said->str, ==, wanted);
    g_string_free(said, TRUE);
}

/* The word of each property changes its own field of its own unit. */
static void test_words(void)
{
#define WORD(text, field, value) \
    { text, offsetof(VTDMConfig, field), value, \
      sizeof(((VTDMConfig *)0)->field) }
    static const struct {
        const char *text;
        size_t at;
        uint32_t value;
        size_t size;
    } words[] = {
        WORD("intremap=off", ir, 0), WORD("eim=on", eim, 1),
        WORD("caching-mode=on", cm, 1), WORD("device-iotlb=on", dt, 1),
        WORD("dma-drain=off", drain, 0), WORD("pt=off", pt, 0),
        WORD("snoop-control=on", sc, 1),
        WORD("version-major=15", version_major, 15),
        WORD("fault-records=256", fault_records, 256), WORD("nd=2", nd, 2),
        WORD("rwbf=on", rwbf, 1), WORD("plmr=on", plmr, 1),
        WORD("phmr=on", phmr, 1), WORD("zlr=off", zlr, 0),
        WORD("sslps=0", sslps, 0), WORD("psi=off", psi, 0),
        WORD("mamv=9", mamv, 9), WORD("esrtps=off", esrtps, 0),
        WORD("esirtps=off", esirtps, 0), WORD("coherent=off", c, 0),
        WORD("qi=off", qi, 0), WORD("mhmv=3", mhmv, 3),
        WORD("adms=on", adms, 1),
        WORD("iotlb-entries=16777215", iotlb_entries, 16777215),
        WORD("dma-translation=off", sagaw, 0),
        WORD("ssts=on", ssts, 1), WORD("fsts=on", fsts, 1),
        WORD("nest=on", nest, 1), WORD("pasid=on", pasid, 1),
        WORD("prs=on", prs, 1), WORD("pds=on", pds, 1),
        WORD("srs=on", srs, 1), WORD("nwfs=on", nwfs, 1),
        WORD("eafs=on", eafs, 1), WORD("dit=on", dit, 1),
        WORD("ssads=on", ssads, 1), WORD("smpwcs=on", smpwcs, 1),
        WORD("rps=on", rps, 1), WORD("rprivs=on", rprivs, 1),
        WORD("mts=on", mts, 1), WORD("fs1gp=on", fs1gp, 1),
        WORD("fs5lp=on", fs5lp, 1), WORD("stale-tm=on", stale_tm, 1),
    };

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autofree char *text = g_strconcat("0x2000 ", words[i].text, NULL);
        g_autoptr(VTDMCapabilities) read = read_text(text);
        VTDMConfig wanted = read->all;

        memcpy((char *)&wanted + words[i].at, &words[i].value, words[i].size);
        g_assert_cmpmem(&wanted, sizeof(wanted),
                        vtdm_capabilities_of(read, 0x2000), sizeof(wanted));
        g_assert_true(memcmp(&wanted, vtdm_capabilities_of(read, 0x1000),
                             sizeof(wanted)));
    }
}

/* aw-bits is MGAW and SAGAW; translation comes back with MGAW's widths. */
static void test_widths(void)
{
    g_autoptr(VTDMCapabilities) read = read_text(
        "all dma-translation=off; 0x1000 aw-bits=57; 0x2000 aw-bits=39;"
        "0x3000 dma-translation=on; 0x4000 pt=off;"
        "0x5000 cap=0xd2008c40660462 dma-translation=on");

    g_assert_cmpuint(vtdm_capabilities_of(read, 0x1000)->mgaw, ==, 57);
    g_assert_cmphex(vtdm_capabilities_of(read, 0x1000)->sagaw, ==, 0xe);
    g_assert_cmpuint(vtdm_capabilities_of(read, 0x2000)->mgaw, ==, 39);
    g_assert_cmphex(vtdm_capabilities_of(read, 0x2000)->sagaw, ==, 2);
    g_assert_cmphex(vtdm_capabilities_of(read, 0x3000)->sagaw, ==, 6);
    g_assert_cmphex(vtdm_capabilities_of(read, 0x4000)->sagaw, ==, 0);
    g_assert_cmphex(vtdm_capabilities_of(read, 0x5000)->sagaw, ==, 4);
    g_assert_cmpuint(vtdm_capabilities_width(read), ==, 39);
}

/* These bring others: a unit in scalable mode among some that are not. */
static void test_scalable(void)
{
    g_autoptr(VTDMCapabilities) read = read_text(
        "all intremap=off; 0x1000 scalable-mode=on mamv=9; "
        "0x2000 scalable-mode=on svm=on pasid-bits=8");
    g_autoptr(VTDMCapabilities) back = read_text(
        "all scalable-mode=on svm=on; 0x3000 scalable-mode=off svm=off "
        "pasid=off prs=off");
    VTDMConfig fresh;
    const VTDMConfig *first = vtdm_capabilities_of(read, 0x1000);
    const VTDMConfig *second = vtdm_capabilities_of(read, 0x2000);

    vtdm_capabilities_set_host_width(read, 39);
    g_assert_true(vtdm_config_check(first, NULL));
    g_assert_true(vtdm_config_check(second, NULL));
    g_assert_cmphex(vtdm_config_cap(first) & ~VTDM_CAP_FRO, ==,
                    0x11c9008c00780c66);
    g_assert_cmphex(vtdm_config_ecap(first) & ~VTDM_ECAP_IRO, ==,
                    0x3ee9e860000c7);
    g_assert_cmphex(vtdm_config_ecap(second) & ~VTDM_ECAP_IRO, ==,
                    0x3efbea60000c7 & ~(0x18ULL << 35));
    vtdm_config_init(&fresh);
    g_assert_cmpmem(vtdm_capabilities_of(back, 0x3000), sizeof(fresh),
                    &fresh, sizeof(fresh));
}

/* Registers that kernels have printed on real machines. */
static const struct {
    uint64_t cap;
    uint64_t ecap;
    uint64_t cap_lost;          /* what the model cannot show */
    uint64_t ecap_lost;
    unsigned warnings;
} machines[] = {
    { 0xd2008c40660462, 0xf050da, 0, 0, 0 },            /* client */
    { 0x1c0000c40660462, 0x7e3ff0505e, VTDM_CAP_FS1GP, 0x7c3f000000, 3 },
    { 0x1c0000c40660462, 0x29a00f0505e, VTDM_CAP_FS1GP, 0x9800000000, 2 },
    { 0xc0000020e60262, 0xf0101a, VTDM_BIT(23), 0, 1 },
    { 0xc9008020e30272, 0x1000, VTDM_BIT(23), 0, 1 },   /* MGAW 36 */
    { 0xc90780106f0462, 0xf020fe, 0, VTDM_BIT(5), 1 },
    { 0xd2078c106f0466, 0xf020df, 0, 0, 0 },            /* server */
    { 0x8ed008c40780466, 0x60000f050df, 0, 0, 0 },
    { 0xc9de008cee690462, 0x12ca9a00f0ef5e, 0, 0, 0 },
    { 0x19ed008c40780c66, 0x3ee9e86f050df, 0, 0, 0 },
    { 0xf9ed008cee780c66, 0x3fef9ea6f0efdf, 0, VTDM_ECAP_TDXCS, 1 },
};

static void test_machines(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(machines); i++) {
        g_autofree char *text = g_strdup_printf(
            "0xfed90000 cap=0x%" G_GINT64_MODIFIER "x ecap=0x%"
            G_GINT64_MODIFIER "x", machines[i].cap, machines[i].ecap);
        g_autoptr(VTDMDmarNotes) warnings = vtdm_dmar_notes_new();
        g_autoptr(VTDMCapabilities) read = read_with(text, warnings);
        const VTDMConfig *config = vtdm_capabilities_of(read, 0xfed90000);

        vtdm_capabilities_set_host_width(read, 36);
        g_assert_true(vtdm_config_check(config, NULL));
        g_assert_cmphex((vtdm_config_cap(config) | VTDM_CAP_FRO) ^
                        (machines[i].cap | VTDM_CAP_FRO), ==,
                        machines[i].cap_lost);
        g_assert_cmphex((vtdm_config_ecap(config) | VTDM_ECAP_IRO) ^
                        (machines[i].ecap | VTDM_ECAP_IRO), ==,
                        machines[i].ecap_lost);
        g_assert_cmpuint(warnings->count, ==, machines[i].warnings);
    }
}

/* Each lost bit is named, at the word that has it. */
static void test_lost(void)
{
#define LACKS "= has bits that this model lacks, they are clear: "
#define UNMET "= has bits that need others which this unit lacks, they are " \
              "clear: "
    expect_warnings("0x1000 cap=0x1c0000c40660462 pt=off ecap=0x7e3ff0505e",
                    "37: ecap" LACKS "bit-24 bit-27 bit-28\n"
                    "37: ecap" UNMET "MTS NEST PRS EAFS PSS\n"
                    "8: cap" UNMET "FS1GP\n");
    expect_warnings("0x1000 cap=0xc0000020e60262; 0x2000 ecap=0xf020e2",
                    "8: cap" LACKS "bit-23\n"
                    "37: ecap" LACKS "bit-5\n"
                    "37: ecap" UNMET "MHMV\n");
    expect_warnings("0x1000 cap=0xf9ed008cee780c66 ecap=0x3fef9ea6f0efdf",
                    "31: ecap" LACKS "TDXCS\n");
    expect_warnings("0x1000 cap=0x40000000660462", "8: cap" LACKS "DWD\n");
    expect_warnings("0x1000 cap=0x8000000000661f62",
                    "8: cap" LACKS "SAGAW\n");
    expect_warnings("0x1000 cap=0xd2008c40660462 psi=off", "");
    expect_warnings("0x1000 ecap=0xf0501c", "8: ecap" UNMET "DT IR EIM\n");
    expect_warnings("0x1000 ecap=0xf050da intremap=off",
                    "8: ecap" UNMET "EIM\n");
    expect_warnings("0x1000 ecap=0xf050da intremap=off eim=off", "");
}

/* A whole register replaces its fields, a word after it one of them. */
static void test_order(void)
{
    g_autoptr(VTDMCapabilities) read = read_text(
        "all cap=0xd2008c40660462 ecap=0xf050da; "
        "0x1000 psi=off mamv=9; 0x2000 cap=0xd2078c106f0466 mamv=30");
    const VTDMConfig *first = vtdm_capabilities_of(read, 0x1000);
    const VTDMConfig *second = vtdm_capabilities_of(read, 0x2000);

    g_assert_false(first->psi);
    g_assert_cmpuint(first->mamv, ==, 9);
    g_assert_cmpuint(first->mgaw, ==, 39);
    g_assert_true(second->psi);
    g_assert_cmpuint(second->mamv, ==, 30);
    g_assert_cmpuint(second->fault_records, ==, 8);
    g_assert_false(second->c);
    g_assert_cmpuint(vtdm_capabilities_width(read), ==, 39);
    g_assert_false(vtdm_capabilities_any(read, offsetof(VTDMConfig, dt)));
    g_assert_true(vtdm_capabilities_any(read, offsetof(VTDMConfig, eim)));
}

typedef struct Refusal {
    const char *name;
    const char *text;
    const char *wanted;         /* how the first error starts */
} Refusal;

static const Refusal refusals[] = {
    { "empty", "", "1: expected all, or the register base" },
    { "no-base", "psi=off", "1: \"psi=off\": expected all, or the register" },
    { "all-and-more", "alls psi=off", "1: \"alls\": expected all, or" },
    { "base-and-more", "0x1000+ psi=off", "7: \"+\": expected a space after" },
    { "no-word", "0x1000 ", "8: expected cap=0x..., ecap=0x..., intremap=on" },
    { "no-word-before-another", "0x1000; 0x2000 psi=on",
      "7: expected cap=0x" },
    { "unknown", "0x1000 psi2=off", "8: \"psi2=off\": expected cap=0x" },
    { "no-value", "0x1000 psi", "11: expected =on or =off" },
    { "bad-switch", "0x1000 psi=1", "11: \"=1\": expected =on or =off" },
    { "bad-translation", "0x1000 dma-translation=", "23: \"=\": expected =on" },
    { "too-large", "0x1000 mamv=64", "13: \"64\": expected mamv=N, 0 to 63" },
    { "width", "0x1000 aw-bits=40",
      "16: \"40\": expected aw-bits=N, 39, 48 or 57" },
    { "gap", "0x1000 sslps=2", "14: \"2\": expected sslps=N, 0, 1 or 3" },
    { "too-small", "0x1000 version-major=0",
      "22: \"0\": expected version-major=N, 1 to 15" },
    { "no-records", "0x1000 fault-records=0",
      "22: \"0\": expected fault-records=N, 1 to 256" },
    { "no-entries", "0x1000 iotlb-entries=0",
      "22: \"0\": expected iotlb-entries=N, 1 to 16777215" },
    { "no-number", "0x1000 nd", "10: expected nd=N, 0 to 6" },
    { "digits-lost", "all cap=0xd2008c40660",
      "5: cap=0xd2008c40660 is no unit's: MGAW would be 5, where units of "
      "PCs have 32 to 64: check that all digits are there" },
    { "more-digits-lost", "0x1000 cap=0xd2008c4066",
      "8: cap=0xd2008c4066 is no unit's: MGAW would be 13, where" },
    { "no-page-sizes", "0x1000 cap=0x8002f0606",
      "8: cap=0x8002f0606 is no unit's: SSLPS would be 2, where units of "
      "PCs have 0, 1 or 3: check" },
    { "no-domains", "0x1000 cap=0x2f0607",
      "8: cap=0x2f0607 is no unit's: ND would be 7, where units of PCs have "
      "0 to 6: check" },
    { "no-register", "0x1000 cap=1", "12: \"1\": expected 0x and the" },
    { "as-printed", "0x1000 cap=d2008c40660462",
      "12: \"d2008c40660462\": expected 0x and the digits that the "
      "kernel prints, such as 0xd2008c40660462" },
    { "more-digits", "0x1000 cap=0xd2008c40660462ff1",
      "12: \"0xd2008c40660462ff1\": expected at most 16 hexadecimal digits" },
    { "no-register-value", "0x1000 ecap", "12: expected '=' and a register" },
    { "register-and-more", "0x1000 ecap=0x0x", "16: \"x\": expected a space" },
    { "word-twice", "0x1000 psi=on psi=on", "15: psi is there twice" },
    { "unit-twice", "0x1000 psi=on; 0x1000 nd=2", "16: this unit is there" },
    { "all-later", "0x1000 psi=on; all nd=2", "16: \"all\" comes before" },
    { "nothing-follows", "0x1000 psi=on;", "14: nothing follows this ';'" },
    { "translation-without-width",
      "0x1000 cap=0x230000 dma-translation=on",
      "39: expected aw-bits= before" },
};

/* Nothing changes, and there is no warning about what is not used. */
static void test_refusal(gconstpointer opaque)
{
    const Refusal *refusal = opaque;
    g_autoptr(VTDMCapabilities) before = standard();
    g_autoptr(VTDMCapabilities) capabilities = standard();
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(VTDMDmarNotes) warnings = vtdm_dmar_notes_new();
    g_autofree char *said = NULL;
    const VTDMDmarNote *note;

    g_assert_false(vtdm_capabilities_from_string(
        capabilities, refusal->text, errors, warnings));
    g_assert_cmpuint(errors->count, >=, 1);
    note = errors->kept->pdata[0];
    said = g_strdup_printf("%zu: %s", note->at + 1, note->text);
    if (!g_str_has_prefix(said, refusal->wanted)) {
        g_assert_cmpstr(said, ==, refusal->wanted);
    }
    g_assert_cmpuint(warnings->count, ==, 0);
    g_assert_cmpuint(capabilities->units->len, ==, 0);
    g_assert_cmpmem(&before->all, sizeof(before->all), &capabilities->all,
                    sizeof(capabilities->all));
}

/* One mistake makes one error, and changes nothing. */
static void test_one_error(void)
{
    static const char *const texts[] = {
        "", " ", "psi=off", "0x1000", "0x1000 psi", "0x1000 cap",
        "all cap=0xd2008c40660 ecap=0xf050d",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(VTDMCapabilities) capabilities = standard();
        g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
        g_autoptr(VTDMDmarNotes) warnings = vtdm_dmar_notes_new();

        g_assert_false(vtdm_capabilities_from_string(capabilities, texts[i],
                                                     errors, warnings));
        g_assert_cmpuint(errors->count, ==, 1);
        g_assert_true(vtdm_config_check(&capabilities->all, NULL));
    }
}

/* A base that is no unit's. */
static void test_bases(void)
{
    g_autoptr(VTDMCapabilities) read = read_text(
        "0x2000 psi=off; 0x3000 psi=off");
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_new(39, 0);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    const VTDMDmarNote *note;

    g_assert_true(vtdm_dmar_from_string(
        dmar, VTDM_DMAR_DRHD, "0x1000 endpoint=00:03.0; 0x2000 include-all",
        errors));
    vtdm_capabilities_check_bases(read, dmar, errors);
    g_assert_cmpuint(errors->count, ==, 1);
    note = errors->kept->pdata[0];
    g_assert_cmpuint(note->at, ==, 16);
    g_assert_cmpstr(note->text, ==, "no unit has its registers there: choose "
                    "from 0x1000, 0x2000");
}

/* A unit gets the register space that its own fault records need. */
static void test_register_size(void)
{
    g_autoptr(VTDMCapabilities) read = read_text(
        "0x2000 fault-records=256");
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_new(39, 0);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();

    dmar->capabilities = read;
    g_assert_true(vtdm_dmar_from_string(
        dmar, VTDM_DMAR_DRHD, "0x1000 endpoint=00:03.0; 0x2000 include-all",
        errors));
    g_assert_cmphex(((VTDMDmarUnit *)dmar->units->pdata[0])->size, ==, 0x1000);
    g_assert_cmphex(((VTDMDmarUnit *)dmar->units->pdata[1])->size, ==, 0x2000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/capabilities/words", test_words);
    g_test_add_func("/vtdm/capabilities/widths", test_widths);
    g_test_add_func("/vtdm/capabilities/scalable", test_scalable);
    g_test_add_func("/vtdm/capabilities/machines", test_machines);
    g_test_add_func("/vtdm/capabilities/lost", test_lost);
    g_test_add_func("/vtdm/capabilities/order", test_order);
    g_test_add_func("/vtdm/capabilities/one-error", test_one_error);
    g_test_add_func("/vtdm/capabilities/bases", test_bases);
    g_test_add_func("/vtdm/capabilities/register-size", test_register_size);
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autofree char *path = g_strconcat("/vtdm/capabilities/refuse/",
                                            refusals[i].name, NULL);

        g_test_add_data_func(path, &refusals[i], test_refusal);
    }
    return g_test_run();
}
