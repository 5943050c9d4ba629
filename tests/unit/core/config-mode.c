/*
 * What follows from what a user says of a unit: scalable mode with all that a
 * server has, one capability from another, and what is refused.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/config-check.h"
#include "hw/i386/vtdm/config-register.h"

/* As Linux prints them; where the registers are is another matter. */
#define SERVER_CAP              (0x19ed008c40780c66 & ~VTDM_CAP_FRO)
#define SERVER_ECAP             (0x3ee9e86f050df & ~VTDM_ECAP_IRO)

/* "on", "off" or a number */
static uint32_t value_of(const char *text)
{
    return !strcmp(text, "on") ? 1 : !strcmp(text, "off") ? 0 :
           g_ascii_strtoull(text, NULL, 10);
}

static void say(VTDMConfig *config, VTDMConfigSaid *said, const char *word)
{
    g_auto(GStrv) parts = g_strsplit(word, "=", 2);
    const VTDMConfigRow *row = vtdm_config_row(parts[0]);
    uint32_t value = value_of(parts[1]);

    if (row->kind == VTDM_WIDTH) {
        g_assert_true(vtdm_config_set_width(config, value));
    } else if (row->kind != VTDM_WIDTHS) {
        vtdm_config_put(config, row, value);
    } else if (!value) {
        config->sagaw = 0;
    }
    vtdm_config_say(said, row);
}

/* What properties make of a unit whose machine has x2APIC: eim is auto. */
static VTDMConfig said_as(const char *words, VTDMConfigSaid *said)
{
    g_auto(GStrv) list = g_strsplit(words, ",", 0);
    VTDMConfig config;

    *said = (VTDMConfigSaid) { 0 };

    vtdm_config_init(&config);
    for (char **word = list; *word; word++) {
        say(&config, said, *word);
    }
    if (!vtdm_config_is_said(said, vtdm_config_row("eim"))) {
        config.eim = config.ir;
    }
    vtdm_config_follow(&config, said);
    return config;
}

static VTDMConfig said(const char *words)
{
    VTDMConfigSaid unused;

    return said_as(words, &unused);
}

static void expect_good(const VTDMConfig *config)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);

    if (!vtdm_config_check(config, problems)) {
        g_error("%s", (char *)problems->pdata[0]);
    }
}

/* Spec: "Extended Capability Register", as a Sapphire Rapids server has it */
static void test_server(void)
{
    VTDMConfig config = said("scalable-mode=on");

    expect_good(&config);
    g_assert_cmpuint(config.version_major, ==, 6);
    g_assert_cmphex(vtdm_config_cap(&config) & ~VTDM_CAP_FRO, ==,
                    SERVER_CAP);
    g_assert_cmphex(vtdm_config_ecap(&config) & ~VTDM_ECAP_IRO, ==,
                    SERVER_ECAP);
    config = said("scalable-mode=on,svm=on");
    expect_good(&config);
    g_assert_cmphex(vtdm_config_ecap(&config) & ~VTDM_ECAP_IRO, ==,
                    0x3ef9ea6f050df & ~VTDM_ECAP_IRO);
}

/* What the user says stays, and what needs something else goes with it. */
static const struct {
    const char *words;          /* beside scalable-mode=on */
    uint64_t cap;               /* which bits differ from the server's */
    uint64_t ecap;
} words[] = {
    { "fsts=off", VTDM_CAP_FS1GP | VTDM_CAP_FS5LP,
      VTDM_ECAP_FSTS | VTDM_ECAP_NEST | VTDM_ECAP_EAFS },
    { "fsts=on", 0, 0 },
    { "nest=off", 0, VTDM_ECAP_NEST },
    { "ssts=off", 0xc00, VTDM_ECAP_SSTS | VTDM_ECAP_NEST },
    { "ssts=off,version-major=5", 0, VTDM_ECAP_SSTS | VTDM_ECAP_NEST },
    { "ssts=off,aw-bits=48", 0xc00 | 0x17 << 16,
      VTDM_ECAP_SSTS | VTDM_ECAP_NEST },
    { "dma-translation=off", 0xc00, VTDM_ECAP_SSTS | VTDM_ECAP_NEST },
    { "dma-translation=on", 0, 0 },
    { "smpwcs=off", 0, VTDM_ECAP_SMPWCS | VTDM_ECAP_SSADS | VTDM_ECAP_EAFS },
    { "device-iotlb=off", 0,
      VTDM_ECAP_DT | VTDM_ECAP_NWFS | VTDM_ECAP_DIT | VTDM_ECAP_PDS },
    { "device-iotlb=on", 0, 0 },
    { "srs=off", 0, VTDM_ECAP_SRS }, { "rprivs=on", 0, VTDM_ECAP_RPRIVS },
    { "pasid=on", 0, VTDM_ECAP_PASID }, { "prs=on", 0, VTDM_ECAP_PRS },
    { "pasid-bits=20", 0, VTDM_ECAP_PASID },
    { "pasid-bits=16", 0, VTDM_ECAP_PASID | 0x1cULL << 35 },
    { "pasid-bits=16,pasid=off", 0, 0x1cULL << 35 },
    { "pasid-bits=0", 0, 0 },
    { "svm=on", 0, VTDM_ECAP_PASID | VTDM_ECAP_PRS },
    { "snoop-control=off", 0, VTDM_ECAP_SC },
    { "fs1gp=off", VTDM_CAP_FS1GP, 0 }, { "fs5lp=off", VTDM_CAP_FS5LP, 0 },
    { "aw-bits=57", VTDM_BIT(9), 0 }, { "aw-bits=48", 0xa00 | 0x17 << 16, 0 },
    { "aw-bits=39", 0xe00 | 0x1e << 16, 0 },
    { "esrtps=on", VTDM_CAP_ESRTPS, 0 }, { "mamv=9", 0x24ULL << 48, 0 },
    { "posted-interrupts=off", VTDM_CAP_PI, 0 },
    { "intremap=off,eim=off", VTDM_CAP_PI, VTDM_ECAP_IR | VTDM_ECAP_EIM |
      VTDM_ECAP_MHMV },
    { "caching-mode=on", VTDM_CAP_CM, 0 }, { "stale-tm=on", 0, 0 },
};

static void test_words(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autofree char *all = g_strdup_printf("scalable-mode=on,%s",
                                               words[i].words);
        VTDMConfig config = said(all);

        g_test_message("%s", all);
        expect_good(&config);
        g_assert_cmphex((vtdm_config_cap(&config) ^ SERVER_CAP) &
                        ~VTDM_CAP_FRO, ==, words[i].cap);
        g_assert_cmphex((vtdm_config_ecap(&config) ^ SERVER_ECAP) &
                        ~VTDM_ECAP_IRO, ==, words[i].ecap);
    }
}

/* What contradicts itself: one line for each mistake, with the fix. */
static const struct {
    const char *words;
    const char *lines;
} refusals[] = {
    { "scalable-mode=on,posted-interrupts=on,intremap=off,eim=off",
      "posted-interrupts=on needs interrupt remapping: set intremap=on or "
      "posted-interrupts=off" },
    { "scalable-mode=on,nest=on,fsts=off",
      "nest=on needs first-stage translation: set fsts=on or nest=off" },
    { "scalable-mode=on,nest=on,ssts=off",
      "nest=on needs second-stage translation in scalable mode: set ssts=on "
      "or nest=off" },
    { "scalable-mode=on,ssts=on,dma-translation=off",
      "ssts=on needs second-stage walks: set dma-translation=on or "
      "ssts=off" },
    { "scalable-mode=on,ssts=off,dma-translation=on",
      "units from version-major=6 on walk the second stage in scalable mode "
      "or not at all (CAP.SAGAW is 0 without ECAP.SSTS): set ssts=on, "
      "version-major=5 or dma-translation=off" },
    { "scalable-mode=on,qi=off",
      "intremap=on, scalable-mode=on and version-major=6 need the "
      "invalidation queue: set qi=on, or intremap=off, scalable-mode=off "
      "and version-major=5" },
    { "dma-drain=off,prs=on",
      "prs=on needs scalable mode: set scalable-mode=on and dma-drain=on, or "
      "prs=off" },
    { "rwbf=on,fsts=on",
      "fsts=on needs scalable mode: set scalable-mode=on and rwbf=off, or "
      "fsts=off" },
    { "scalable-mode=on,rwbf=on",
      "rwbf=on excludes scalable mode: set rwbf=off or scalable-mode=off" },
    { "scalable-mode=on,qi=off,intremap=off,eim=off,version-major=5",
      "scalable-mode=on needs the invalidation queue: set qi=on or "
      "scalable-mode=off" },
    { "scalable-mode=on,smpwcs=off,ssads=on,eafs=on",
      "eafs=on and ssads=on need snooped walks in scalable mode: set "
      "smpwcs=on, or eafs=off and ssads=off" },
    { "scalable-mode=on,srs=off,rprivs=on",
      "rprivs=on needs supervisor requests: set srs=on or rprivs=off" },
    { "scalable-mode=on,device-iotlb=off,prs=on,dit=on",
      "prs=on and dit=on need device-TLBs (ATS): set device-iotlb=on, or "
      "prs=off and dit=off" },
    { "scalable-mode=on,svm=on,pasid=off",
      "svm=on needs requests with PASID: set pasid=on or svm=off" },
    { "scalable-mode=on,svm=on,fsts=off",
      "svm=on needs first-stage translation: set fsts=on or svm=off" },
    { "scalable-mode=on,svm=on,device-iotlb=off",
      "svm=on needs page requests: set prs=on and device-iotlb=on, or "
      "svm=off" },
    { "scalable-mode=on,pasid-bits=21",
      "pasid-bits must be 1 to 20, not 21" },
    { "svm=on", "svm=on needs scalable mode: set scalable-mode=on or "
      "svm=off" },
    { "fsts=on,fs1gp=on",
      "fsts=on and fs1gp=on need scalable mode: set scalable-mode=on, or "
      "fsts=off and fs1gp=off" },
    { "stale-tm=on", "stale-tm=on needs device-TLBs (ATS): set "
      "device-iotlb=on or stale-tm=off" },
    { "version-major=6",
      "units from version-major=6 on walk the second stage in scalable mode "
      "or not at all (CAP.SAGAW is 0 without ECAP.SSTS): set "
      "scalable-mode=on, version-major=5 or dma-translation=off" },
};

static void test_refusals(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autoptr(GPtrArray) problems =
            g_ptr_array_new_with_free_func(g_free);
        VTDMConfigSaid spoken;
        VTDMConfig config = said_as(refusals[i].words, &spoken);
        g_autofree char *lines = NULL;

        g_assert_false(vtdm_config_check_said(&config, &spoken, problems));
        g_ptr_array_add(problems, NULL);
        lines = g_strjoinv("\n", (char **)problems->pdata);
        g_assert_cmpstr(lines, ==, refusals[i].lines);
    }
}

/* ---- what the lines say helps at once ---- */

/* Adds "name=value", or puts it in the place of another value. */
static void put_word(GHashTable *words, const char *word)
{
    char **parts = g_strsplit(word, "=", 2);

    g_assert_nonnull(vtdm_config_row(parts[0]));
    g_hash_table_replace(words, parts[0], parts[1]);
    g_free(parts);
}

static VTDMConfig say_all(GHashTable *words, VTDMConfigSaid *spoken)
{
    g_autoptr(GString) all = g_string_new("");

    for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
        const char *value = g_hash_table_lookup(words, row->name);

        if (value) {
            g_string_append_printf(all, "%s%s=%s", all->len ? "," : "",
                                   row->name, value);
        }
    }
    return said_as(all->str, spoken);
}

/* The words of the first or of the last way out that @line names. */
static char **words_of(const char *line, bool last)
{
    const char *ways = strstr(line, ": set ") + strlen(": set ");
    const char *at = strstr(ways, ", or ");
    g_autofree char *way = NULL;

    g_assert_cmpuint(strlen(line), <, 700);
    if (last) {
        for (at = ways; strstr(at, " or "); at = strstr(at, " or ") + 4) {
            /* to the last one */
        }
        way = g_strdup(at);
    } else if (at) {
        way = g_strndup(ways, at - ways);
    } else {
        way = g_strndup(ways, strcspn(ways, " ,"));
    }
    return g_regex_split_simple(", | and ", way, 0, 0);
}

static void mend(GHashTable *words, GPtrArray *lines, bool last)
{
    for (guint i = 0; i < lines->len; i++) {
        g_auto(GStrv) list = words_of(lines->pdata[i], last);

        for (char **word = list; *word; word++) {
            put_word(words, *word);
        }
    }
}

/* Says @list; if that is refused, what the lines name is not. */
static void check_mended(const char *const *list, bool last)
{
    g_autoptr(GHashTable) words = g_hash_table_new_full(
        g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) again = g_ptr_array_new_with_free_func(g_free);
    VTDMConfigSaid spoken;
    VTDMConfig config;

    for (; *list; list++) {
        put_word(words, *list);
    }
    config = say_all(words, &spoken);
    if (!vtdm_config_check_said(&config, &spoken, lines)) {
        mend(words, lines, last);
        config = say_all(words, &spoken);
        if (!vtdm_config_check_said(&config, &spoken, again)) {
            g_error("%s\nthen: %s", (char *)lines->pdata[0],
                    (char *)again->pdata[0]);
        }
    }
}

/* Each value of each switch, and the numbers that change others. */
static GPtrArray *all_words(void)
{
    static const char *const numbers[] = {
        "version-major=1", "version-major=2", "version-major=5",
        "version-major=6", "version-major=8", "pasid-bits=0", "pasid-bits=9",
        "aw-bits=39", "aw-bits=57",
    };
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);

    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        g_ptr_array_add(words, g_strdup(numbers[i]));
    }
    for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
        if (row->kind == VTDM_SWITCH || row->kind == VTDM_WIDTHS) {
            g_ptr_array_add(words, g_strdup_printf("%s=on", row->name));
            g_ptr_array_add(words, g_strdup_printf("%s=off", row->name));
        }
    }
    return words;
}

static void check_both(const char *const *list)
{
    check_mended(list, false);
    check_mended(list, true);
}

static void test_mended(void)
{
    g_autoptr(GPtrArray) words = all_words();
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);

    for (guint i = 0; i < words->len; i++) {
        for (guint j = i; j < words->len; j++) {
            const char *list[] = { words->pdata[i], words->pdata[j], NULL,
                                   NULL };

            check_both(list);
            list[2] = "scalable-mode=on";
            check_both(list);
        }
    }
    for (unsigned i = 0; i < 1000; i++) {
        const char *list[8] = { NULL };

        for (int n = g_rand_int_range(rand, 3, 8); n; n--) {
            list[n - 1] = words->pdata[g_rand_int_range(rand, 0, words->len)];
        }
        check_both(list);
    }
}

/* Without scalable mode nothing follows that was not so before. */
static void test_legacy(void)
{
    VTDMConfig fresh, config = said("pt=off,pasid-bits=16");

    vtdm_config_init(&fresh);
    fresh.eim = true;
    fresh.pt = false;
    fresh.pss = 16;
    g_assert_cmpmem(&config, sizeof(config), &fresh, sizeof(fresh));
}

/* Back and forth leaves what both kinds of unit have in common. */
static void test_mode(void)
{
    VTDMConfig config = said("fault-records=3,pt=off,iotlb-entries=7");
    VTDMConfig wanted = config;
    const VTDMConfigRow *mode = vtdm_config_row("scalable-mode");

    wanted.fault_records = vtdm_config_row("fault-records")->standard;
    wanted.pt = true;
    g_assert_true(vtdm_config_set(&config, mode, 1));
    g_assert_cmphex(vtdm_config_ecap(&config) & ~VTDM_ECAP_IRO, ==,
                    SERVER_ECAP & ~VTDM_ECAP_PT);
    config.pt = true;
    g_assert_true(vtdm_config_set(&config, mode, 0));
    g_assert_cmpmem(&config, sizeof(config), &wanted, sizeof(wanted));
    expect_good(&config);
}

/* A word of caps= brings what the property brings. */
static void test_brings(void)
{
    VTDMConfig config = said("scalable-mode=on");

    g_assert_true(vtdm_config_set(&config, vtdm_config_row("pasid-bits"), 9));
    g_assert_true(config.pasid && config.pss == 9 && !config.prs);
    config.pasid = false;
    g_assert_true(vtdm_config_set(&config, vtdm_config_row("svm"), 1));
    g_assert_true(config.pasid && config.prs);
    g_assert_true(vtdm_config_set(&config, vtdm_config_row("svm"), 0));
    g_assert_true(config.pasid && config.prs);
    expect_good(&config);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/config/server", test_server);
    g_test_add_func("/vtdm/config/words", test_words);
    g_test_add_func("/vtdm/config/contradictions", test_refusals);
    g_test_add_func("/vtdm/config/mended", test_mended);
    g_test_add_func("/vtdm/config/legacy", test_legacy);
    g_test_add_func("/vtdm/config/mode", test_mode);
    g_test_add_func("/vtdm/config/brings", test_brings);
    return g_test_run();
}
