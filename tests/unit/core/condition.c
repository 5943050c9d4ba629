/*
 * Every fault condition, produced by real tables, for every address type
 * and with FPD set and clear.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "machine.h"

#define NA 0xff                 /* the condition cannot meet this type */

/* A row of the specification's tables, and what brings it about. */
typedef struct Row {
    VTDMCondition condition;
    const char *name;
    uint8_t reason;
    bool qualified;
    uint8_t responses[3];       /* untranslated, translation, translated */
    void (*break_it)(Machine *machine);
    VTDMAccess access;
    uint64_t address;           /* 0: MACHINE_IOVA */
    uint32_t pasid;             /* 0: none */
} Row;

static uint64_t root_entry(void)
{
    return MACHINE_ROOT + 16 * (MACHINE_SID >> 8);
}

static uint64_t context_entry(Machine *machine)
{
    return (vtdm_tables_get(&machine->tables, root_entry()) &
            VTDM_ROOT_CTP) + 16 * (MACHINE_SID & 0xff);
}

static uint64_t leaf_entry(Machine *machine)
{
    return vtdm_tables_entry(&machine->tables, &(VTDMMapping) {
        .table = machine->ssptptr, .levels = 4, .input = MACHINE_IOVA,
    }, 1);
}

static void make_bad(Machine *machine, uint64_t address)
{
    machine->host.bad_address = address;
    machine->host.bad_size = 8;
}

/* Sets and clears bits of the entry at @address. */
static void change(Machine *machine, uint64_t address, uint64_t set,
                   uint64_t clear)
{
    uint64_t entry = vtdm_tables_get(&machine->tables, address);

    vtdm_tables_set(&machine->tables, address, (entry & ~clear) | set);
}

static void root_unreadable(Machine *machine)
{
    make_bad(machine, root_entry());
}

static void root_absent(Machine *machine)
{
    change(machine, root_entry(), 0, VTDM_ROOT_P);
}

static void root_reserved(Machine *machine)
{
    change(machine, root_entry(), VTDM_BIT(1), 0);
}

static void context_unreadable(Machine *machine)
{
    make_bad(machine, context_entry(machine));
}

static void context_absent(Machine *machine)
{
    change(machine, context_entry(machine), 0, VTDM_CTX_P);
}

static void context_reserved(Machine *machine)
{
    change(machine, context_entry(machine), VTDM_BIT(4), 0);
}

static void bad_aw(Machine *machine)
{
    change(machine, context_entry(machine) + 8, 3, 7);
}

static void bad_tt(Machine *machine)
{
    change(machine, context_entry(machine),
           vtdm_field(VTDM_CTX_TT, VTDM_TT_RESERVED), 0);
}

static void top_unreadable(Machine *machine)
{
    make_bad(machine, machine->ssptptr);
}

static void no_translation_requests(Machine *machine)
{
    change(machine, context_entry(machine), 0, VTDM_CTX_TT);
}

static void leaf_unreadable(Machine *machine)
{
    make_bad(machine, leaf_entry(machine));
}

static void leaf_reserved(Machine *machine)
{
    change(machine, leaf_entry(machine), VTDM_SS_IW, 0);
}

static void pass_through(Machine *machine)
{
    change(machine, context_entry(machine),
           vtdm_field(VTDM_CTX_TT, VTDM_TT_PASS_THROUGH), VTDM_CTX_TT);
}

static void leaf_read_only(Machine *machine)
{
    change(machine, leaf_entry(machine), 0, VTDM_SS_W);
}

static void leaf_write_only(Machine *machine)
{
    change(machine, leaf_entry(machine), 0, VTDM_SS_R);
}

static void output_interrupts(Machine *machine)
{
    change(machine, leaf_entry(machine), 0xfee01000, VTDM_SS_ADDR);
}

static void mode_abort(Machine *machine)
{
    machine_set_root(machine, MACHINE_ROOT | VTDM_TTM_ABORT << 10);
}

static void mode_reserved(Machine *machine)
{
    machine_set_root(machine, MACHINE_ROOT | VTDM_TTM_RESERVED << 10);
}

static void mode_scalable(Machine *machine)
{
    machine_set_root(machine, MACHINE_ROOT | VTDM_TTM_SCALABLE << 10);
}

static void nothing(Machine *machine)
{
}

#define UR VTDM_UR
#define CA VTDM_CA
#define S0 VTDM_S0

static const Row rows[] = {
    { VTDM_LRT_1, "LRT.1", 0x08, false, { UR, CA, UR }, root_unreadable },
    { VTDM_LRT_2, "LRT.2", 0x01, false, { UR, UR, UR }, root_absent },
    { VTDM_LRT_3, "LRT.3", 0x0a, false, { UR, CA, UR }, root_reserved },
    { VTDM_LCT_1, "LCT.1", 0x09, false, { UR, CA, UR },
      context_unreadable },
    { VTDM_LCT_2, "LCT.2", 0x02, true, { UR, UR, UR }, context_absent },
    { VTDM_LCT_3, "LCT.3", 0x0b, true, { UR, CA, UR }, context_reserved },
    { VTDM_LCT_4_1, "LCT.4.1", 0x03, true, { UR, CA, UR }, bad_aw },
    { VTDM_LCT_4_2, "LCT.4.2", 0x03, true, { UR, CA, UR }, bad_tt },
    { VTDM_LCT_4_3, "LCT.4.3", 0x03, true, { UR, CA, NA }, top_unreadable },
    { VTDM_LCT_5, "LCT.5", 0x0d, true, { NA, UR, UR },
      no_translation_requests },
    { VTDM_LSS_1, "LSS.1", 0x07, true, { UR, CA, NA }, leaf_unreadable },
    { VTDM_LSS_2, "LSS.2", 0x0c, true, { UR, CA, NA }, leaf_reserved },
    { VTDM_LGN_1_1, "LGN.1.1", 0x04, true, { UR, S0, NA }, nothing,
      .address = VTDM_BIT(48) },
    { VTDM_LGN_1_2, "LGN.1.2", 0x04, true, { NA, NA, UR }, nothing,
      .address = VTDM_BIT(39) },
    { VTDM_LGN_1_3, "LGN.1.3", 0x04, true, { UR, NA, NA }, pass_through,
      .address = VTDM_BIT(39) },
    { VTDM_LGN_2, "LGN.2", 0x05, true, { UR, NA, NA }, leaf_read_only,
      .access = VTDM_WRITE },
    { VTDM_LGN_3, "LGN.3", 0x06, true, { UR, NA, NA }, leaf_write_only },
    { VTDM_LGN_4, "LGN.4", 0x0e, true, { UR, CA, NA }, output_interrupts },
    { VTDM_LGN_4, "LGN.4", 0x0e, true, { NA, NA, UR }, nothing,
      .address = 0xfee01000 },
    { VTDM_RTA_1_1, "RTA.1.1", 0x30, false, { UR, CA, UR }, mode_abort },
    { VTDM_RTA_1_2, "RTA.1.2", 0x30, false, { UR, CA, UR }, mode_reserved },
    { VTDM_RTA_1_3, "RTA.1.3", 0x30, false, { UR, CA, UR }, mode_scalable },
    { VTDM_RTA_2, "RTA.2", 0x31, false, { UR, UR, UR }, nothing,
      .pasid = 5 },
};

static Machine *new_machine(bool fpd, bool adms)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.dt = true;
    config.adms = adms;
    machine = machine_new_mapped(&config);
    if (fpd) {
        change(machine, context_entry(machine), VTDM_CTX_FPD, 0);
    }
    return machine;
}

static void check_record(Machine *machine, const Row *row, unsigned type,
                         bool recorded)
{
    VTDMEntry128 record = machine_record(machine, 0);

    g_assert_cmpint(!!(record.hi & VTDM_FRCD_HI_F), ==, recorded);
    if (recorded) {
        g_assert_cmphex(vtdm_get(record.hi, VTDM_FRCD_HI_FR), ==,
                        row->reason);
        g_assert_cmphex(vtdm_get(record.hi, VTDM_FRCD_HI_SID), ==,
                        MACHINE_SID);
        g_assert_cmphex(vtdm_get(record.hi, VTDM_FRCD_HI_AT), ==, type);
    }
}

static void check(const Row *row, unsigned type, bool fpd)
{
    Machine *machine = new_machine(fpd, row->condition == VTDM_RTA_4);
    bool error = row->responses[type] == UR || row->responses[type] == CA;
    bool recorded = error && !(fpd && row->qualified);
    VTDMResult result;

    row->break_it(machine);
    result = machine_request(machine, (VTDMRequest) {
        .address = row->address ? row->address : MACHINE_IOVA,
        .pasid = row->pasid ? row->pasid : VTDM_NO_PASID,
        .source_id = MACHINE_SID,
        .access = row->access,
        .type = type,
    });
    g_test_message("%s type %u fpd %d", row->name, type, fpd);
    g_assert_cmpuint(result.fault.condition, ==, row->condition);
    g_assert_cmpuint(result.response, ==, row->responses[type]);
    g_assert_cmpuint(result.perm, ==, 0);
    g_assert_cmpint(result.fault.recorded, ==, recorded);
    g_assert_cmpuint(result.fault.type, ==, type);
    check_record(machine, row, type, recorded);
    g_assert_cmpuint(fake_host_count(&machine->host, VTDM_EVENT_FAULT), ==,
                     error);
    machine_free(machine);
}

/* Spec: "Fault Conditions and Remapping Hardware Behavior..." */
static void test_row(gconstpointer opaque)
{
    const Row *row = opaque;
    const VTDMConditionInfo *info = vtdm_condition_info(row->condition);

    g_assert_cmpstr(info->name, ==, row->name);
    g_assert_cmphex(info->reason, ==, row->reason);
    g_assert_cmpint(info->qualified, ==, row->qualified);
    for (unsigned type = 0; type < 3; type++) {
        if (row->responses[type] != NA) {
            check(row, type, false);
            check(row, type, true);
        }
    }
}

/* Spec: "Abort DMA Mode": refused, recorded, whatever the type */
static void test_abort(void)
{
    static const Row row = {
        VTDM_RTA_4, "RTA.4", 0x33, false, { UR, UR, UR }, mode_abort,
    };

    test_row(&row);
}

/* Spec: "Handling of Translation Requests": rights are the answer */
static void test_effective_permission(void)
{
    static const struct {
        void (*break_it)(Machine *machine);
        uint8_t perm;
    } cases[] = {
        { leaf_read_only, VTDM_PERM_R }, { leaf_write_only, VTDM_PERM_W },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Machine *machine = new_machine(false, false);
        VTDMResult result;

        cases[i].break_it(machine);
        result = machine_request(machine, (VTDMRequest) {
            .address = MACHINE_IOVA, .pasid = VTDM_NO_PASID,
            .source_id = MACHINE_SID, .type = VTDM_AT_TRANSLATION,
        });
        g_assert_cmpuint(result.response, ==, VTDM_OK);
        g_assert_cmpuint(result.perm, ==, cases[i].perm);
        g_assert_cmpuint(machine_read32(machine, VTDM_REG_FSTS), ==, 0);
        result = machine_request(machine, (VTDMRequest) {
            .address = MACHINE_IOVA + 0x1000, .pasid = VTDM_NO_PASID,
            .source_id = MACHINE_SID, .type = VTDM_AT_TRANSLATION,
        });
        g_assert_cmpuint(result.response, ==, VTDM_OK);
        g_assert_cmpuint(result.perm, ==, 0);
        g_assert_cmpuint(machine_read32(machine, VTDM_REG_FSTS), ==, 0);
        machine_free(machine);
    }
}

/* Every condition has a name of its own, and words for people. */
static void test_names(void)
{
    for (unsigned i = 0; i < VTDM_CONDITION_COUNT; i++) {
        const VTDMConditionInfo *info = vtdm_condition_info(i);

        g_assert_nonnull(info->name);
        g_assert_cmpuint(strlen(info->text), >, 0);
        for (unsigned j = 0; j < i; j++) {
            g_assert_cmpstr(info->name, !=, vtdm_condition_info(j)->name);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        bool again = i && rows[i].condition == rows[i - 1].condition;
        char *path = g_strdup_printf("/vtdm/condition/%s%s", rows[i].name,
                                     again ? "-translated" : "");

        g_test_add_data_func(path, &rows[i], test_row);
        g_free(path);
    }
    g_test_add_func("/vtdm/condition/RTA.4", test_abort);
    g_test_add_func("/vtdm/condition/effective-permission",
                    test_effective_permission);
    g_test_add_func("/vtdm/condition/names", test_names);
    return g_test_run();
}
