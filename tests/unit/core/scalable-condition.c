/*
 * Every fault condition of scalable mode, produced by real tables, for every
 * address type, with and without PASID, and with FPD set and clear.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "machine.h"

#define NA              0xff    /* the condition cannot meet this type */
#define RID_PASID       (MACHINE_PASID + 1)
#define GUEST_PAGE      0x3000000   /* nested: what the first stage gives */
#define CONTEXT_FLAGS   (VTDM_SCTX_DTE | VTDM_SCTX_PRE | VTDM_SCTX_PASIDE)
#define SS_RW           (VTDM_SS_R | VTDM_SS_W)
#define FS_RW           (VTDM_FS_P | VTDM_FS_RW | VTDM_FS_US)

/* Which requests meet a condition. */
enum { WITHOUT = 1, WITH = 2, BOTH = 3 };

/* Where something is wrong. */
typedef enum Where {
    NOWHERE,
    ROOT,
    CONTEXT,
    DIRECTORY,
    PASID,                      /* of both PASIDs */
    FS_TOP,
    FS_LEAF,
    SS_TOP,
    SS_LEAF,
    SS_OF_FS_TOP,               /* nested: the page of these entries */
    SS_OF_FS_LEAF,
    READ_ONLY,                  /* no flag can be set in memory */
} Where;

/* A row of the specification's tables, and what brings it about. */
typedef struct Row {
    VTDMCondition condition;
    const char *name;
    uint8_t reason;
    bool qualified;
    uint8_t responses[3];       /* untranslated, translation, translated */
    unsigned who;
    unsigned pgtt;              /* 0: second stage */
    Where where;
    unsigned word;              /* of that entry: these bits... */
    uint64_t set;
    uint64_t clear;
    bool unreadable;            /* ... or all of it */
    VTDMAccess access;
    bool privileged;
    bool execute;
    uint64_t address;           /* 0: MACHINE_IOVA */
    uint32_t pasid;             /* 0: MACHINE_PASID */
    unsigned pss;               /* 0: 20 */
    unsigned version;           /* 0: 1 */
    bool plain;                 /* a first stage has 4 levels only */
    const char *variant;        /* of a condition with several rows */
} Row;

#define AW(n)   (UINT64_C(n) << 2)
#define FSPM(n) (UINT64_C(n) << 2)
#define UR VTDM_UR
#define CA VTDM_CA
#define S0 VTDM_S0
#define Q  true
#define N  false
#define FS .pgtt = VTDM_PGTT_FIRST_STAGE
#define NESTED .pgtt = VTDM_PGTT_NESTED
#define PASS .pgtt = VTDM_PGTT_PASS_THROUGH

static const Row rows[] = {
    { VTDM_RTA_5, "RTA.5", 0x34, N, { UR, UR, NA }, WITH, .version = 8,
      .execute = true },
    { VTDM_SRT_1, "SRT.1", 0x38, N, { UR, CA, UR }, BOTH, .where = ROOT,
      .unreadable = true },
    { VTDM_SRT_2, "SRT.2", 0x39, N, { UR, UR, UR }, BOTH, .where = ROOT,
      .clear = VTDM_SROOT_P },
    { VTDM_SRT_3, "SRT.3", 0x3a, N, { UR, CA, UR }, BOTH, .where = ROOT,
      .set = VTDM_BIT(1) },
    { VTDM_SCT_1, "SCT.1", 0x40, N, { UR, CA, UR }, BOTH, .where = CONTEXT,
      .unreadable = true },
    { VTDM_SCT_2, "SCT.2", 0x41, Q, { UR, UR, UR }, BOTH, .where = CONTEXT,
      .clear = VTDM_SCTX_P },
    { VTDM_SCT_3, "SCT.3", 0x42, Q, { UR, CA, UR }, BOTH, .where = CONTEXT,
      .set = VTDM_BIT(7) },
    { VTDM_SCT_4_1, "SCT.4.1", 0x43, Q, { UR, CA, UR }, BOTH,
      .where = CONTEXT, .clear = VTDM_SCTX_DTE },
    { VTDM_SCT_4_2, "SCT.4.2", 0x43, Q, { UR, CA, UR }, BOTH,
      .where = CONTEXT, .word = 1, .set = 0x10000 },
    { VTDM_SCT_5, "SCT.5", 0x44, Q, { NA, UR, UR }, BOTH, .where = CONTEXT,
      .clear = VTDM_SCTX_DTE | VTDM_SCTX_PRE },
    { VTDM_SCT_6, "SCT.6", 0x45, Q, { UR, UR, NA }, WITH, .where = CONTEXT,
      .clear = VTDM_SCTX_PASIDE },
    { VTDM_SCT_7, "SCT.7", 0x46, Q, { UR, UR, NA }, WITH, .pasid = 0x10000 },
    { VTDM_SCT_9, "SCT.9", 0x48, Q, { UR, UR, NA }, WITH,
      .pasid = RID_PASID },
    { VTDM_SPD_1, "SPD.1", 0x50, N, { UR, CA, NA }, BOTH, .where = DIRECTORY,
      .unreadable = true },
    { VTDM_SPD_2, "SPD.2", 0x51, Q, { UR, S0, NA }, BOTH, .where = DIRECTORY,
      .clear = VTDM_PDE_P },
    { VTDM_SPD_3, "SPD.3", 0x52, Q, { UR, CA, NA }, BOTH, .where = DIRECTORY,
      .set = VTDM_BIT(2) },
    { VTDM_SPT_1, "SPT.1", 0x58, N, { UR, CA, NA }, BOTH, .where = PASID,
      .unreadable = true },
    { VTDM_SPT_2, "SPT.2", 0x59, Q, { UR, S0, NA }, BOTH, .where = PASID,
      .clear = VTDM_PASID_P },
    { VTDM_SPT_3, "SPT.3", 0x5a, Q, { UR, CA, NA }, BOTH, .where = PASID,
      .set = VTDM_BIT(5) },
    { VTDM_SPT_4_0, "SPT.4.0", 0x5b, Q, { UR, CA, NA }, BOTH, .where = PASID,
      .word = 1, .set = VTDM_BIT(33) },
    { VTDM_SPT_4_1, "SPT.4.1", 0x5b, Q, { UR, CA, NA }, BOTH, .where = PASID,
      .set = AW(4) },
    { VTDM_SPT_4_2, "SPT.4.2", 0x5b, Q, { UR, CA, NA }, BOTH, .where = PASID,
      .clear = VTDM_PASID_PGTT },
    { VTDM_SPT_4_3, "SPT.4.3", 0x5b, Q, { UR, CA, NA }, BOTH, FS,
      .where = PASID, .word = 2, .set = FSPM(1),
      .plain = true },
    { VTDM_SPT_4_4, "SPT.4.4", 0x5b, Q, { UR, CA, NA }, BOTH, NESTED,
      .where = PASID, .set = AW(1), .clear = VTDM_PASID_AW },
    { VTDM_SPT_5, "SPT.5", 0x5c, Q, { UR, S0, NA }, WITH, .execute = true },
    { VTDM_SPT_5, "SPT.5", 0x5c, Q, { UR, S0, NA }, WITH, .execute = true,
      .version = 7, .variant = "7" },
    { VTDM_SPT_6, "SPT.6", 0x5d, Q, { UR, S0, NA }, WITH,
      .privileged = true },
    { VTDM_SPT_6, "SPT.6", 0x5d, Q, { UR, S0, NA }, WITHOUT,
      .where = CONTEXT, .word = 1, .set = VTDM_SCTX_1_RID_PRIV,
      .variant = "rid-priv" },
    { VTDM_SFS_1, "SFS.1", 0x70, Q, { UR, S0, NA }, BOTH, FS,
      .where = FS_LEAF, .unreadable = true },
    { VTDM_SFS_2, "SFS.2", 0x71, Q, { UR, S0, NA }, BOTH, FS,
      .where = FS_LEAF, .clear = VTDM_FS_P },
    { VTDM_SFS_3, "SFS.3", 0x72, Q, { UR, S0, NA }, BOTH, FS,
      .where = FS_LEAF, .set = VTDM_BIT(40) },
    { VTDM_SFS_4, "SFS.4", 0x73, Q, { UR, S0, NA }, BOTH, FS,
      .where = FS_TOP, .unreadable = true },
    { VTDM_SFS_5, "SFS.5", 0x74, Q, { UR, S0, NA }, BOTH, NESTED,
      .where = FS_LEAF, .set = VTDM_BIT(40) },
    { VTDM_SFS_6, "SFS.6", 0x75, Q, { UR, S0, NA }, BOTH, NESTED,
      .where = SS_OF_FS_TOP, .clear = VTDM_SS_R },
    { VTDM_SFS_7, "SFS.7", 0x76, Q, { UR, S0, NA }, BOTH, NESTED,
      .where = SS_OF_FS_LEAF, .clear = VTDM_SS_R },
    { VTDM_SFS_8, "SFS.8", 0x77, Q, { UR, S0, NA }, BOTH, NESTED,
      .where = SS_OF_FS_LEAF, .clear = VTDM_SS_W },
    { VTDM_SFS_9, "SFS.9", 0x90, Q, { UR, S0, NA }, BOTH, FS,
      .where = PASID, .word = 1, .clear = VTDM_PASID_1_PWSNP },
    { VTDM_SFS_10, "SFS.10", 0x91, Q, { UR, S0, NA }, BOTH, FS,
      .where = READ_ONLY },
    { VTDM_SSS_1, "SSS.1", 0x78, Q, { UR, CA, NA }, BOTH, .where = SS_LEAF,
      .unreadable = true },
    { VTDM_SSS_2, "SSS.2", 0x79, Q, { UR, S0, NA }, BOTH, .where = SS_LEAF,
      .clear = SS_RW },
    { VTDM_SSS_3, "SSS.3", 0x7a, Q, { UR, CA, NA }, BOTH, .where = SS_LEAF,
      .set = VTDM_SS_IW },
    { VTDM_SSS_4, "SSS.4", 0x7b, Q, { UR, CA, NA }, BOTH, .where = SS_TOP,
      .unreadable = true },
    { VTDM_SSS_5, "SSS.5", 0x7c, Q, { UR, CA, NA }, BOTH, .where = PASID,
      .word = 1, .clear = VTDM_PASID_1_PWSNP },
    { VTDM_SSS_6, "SSS.6", 0x7d, Q, { UR, CA, NA }, BOTH,
      .where = READ_ONLY },
    { VTDM_SGN_1, "SGN.1", 0x80, Q, { UR, S0, NA }, BOTH, FS,
      .address = VTDM_BIT(47) },
    { VTDM_SGN_2, "SGN.2", 0x81, Q, { UR, S0, NA }, BOTH, FS,
      .where = FS_LEAF, .clear = VTDM_FS_US },
    { VTDM_SGN_4_1, "SGN.4.1", 0x83, Q, { NA, NA, UR }, WITHOUT,
      .address = VTDM_BIT(39) },
    { VTDM_SGN_4_2, "SGN.4.2", 0x83, Q, { UR, S0, NA }, BOTH, PASS,
      .address = VTDM_BIT(39) },
    { VTDM_SGN_5, "SGN.5", 0x84, Q, { UR, S0, NA }, BOTH,
      .address = VTDM_BIT(48) },
    { VTDM_SGN_6, "SGN.6", 0x85, Q, { UR, NA, NA }, BOTH, .where = SS_LEAF,
      .clear = VTDM_SS_W, .access = VTDM_WRITE },
    { VTDM_SGN_6, "SGN.6", 0x85, Q, { UR, NA, NA }, BOTH, FS,
      .where = FS_LEAF, .clear = VTDM_FS_RW, .access = VTDM_ATOMIC,
      .variant = "first-stage" },
    { VTDM_SGN_6, "SGN.6", 0x85, Q, { UR, NA, NA }, BOTH, NESTED,
      .where = SS_LEAF, .clear = VTDM_SS_W, .access = VTDM_WRITE,
      .variant = "nested" },
    { VTDM_SGN_7, "SGN.7", 0x86, Q, { UR, NA, NA }, BOTH, .where = SS_LEAF,
      .clear = VTDM_SS_R },
    { VTDM_SGN_7, "SGN.7", 0x86, Q, { UR, NA, NA }, BOTH, NESTED,
      .where = SS_LEAF, .clear = VTDM_SS_R, .variant = "nested" },
    { VTDM_SGN_8_1, "SGN.8.1", 0x87, Q, { UR, NA, NA }, BOTH,
      .where = SS_LEAF, .set = 0xfee01000, .clear = VTDM_SS_ADDR },
    { VTDM_SGN_8_1, "SGN.8.1", 0x87, Q, { UR, NA, NA }, BOTH, FS,
      .where = FS_LEAF, .set = 0xfee01000, .clear = VTDM_FS_ADDR,
      .variant = "first-stage" },
    { VTDM_SGN_8_1, "SGN.8.1", 0x87, Q, { UR, NA, NA }, WITH, PASS,
      .address = 0xfee01000, .variant = "pass-through" },
    { VTDM_SGN_8_2, "SGN.8.2", 0x87, Q, { NA, CA, NA }, BOTH,
      .where = SS_LEAF, .set = 0xfee01000, .clear = VTDM_SS_ADDR },
    { VTDM_SGN_8_2, "SGN.8.2", 0x87, Q, { NA, CA, NA }, BOTH, FS,
      .where = FS_LEAF, .set = 0xfee01000, .clear = VTDM_FS_ADDR,
      .variant = "first-stage" },
    { VTDM_SGN_8_3, "SGN.8.3", 0x87, Q, { NA, NA, UR }, WITHOUT,
      .address = 0xfee01000 },
    { VTDM_SGN_10, "SGN.10", 0x89, Q, { UR, UR, NA }, WITH, .pss = 12 },
};

static uint64_t entry_of(Machine *machine, VTDMMapping mapping,
                         unsigned level)
{
    mapping.levels = 4;
    mapping.input = mapping.input ? mapping.input : MACHINE_IOVA;
    return vtdm_tables_entry(&machine->tables, &mapping, level);
}

/* The second-stage leaf that maps the page of the first-stage entry @at. */
static uint64_t second_stage_of(Machine *machine, uint64_t at)
{
    return entry_of(machine, (VTDMMapping) {
        .table = machine->ssptptr, .input = at,
    }, 1);
}

static uint64_t leaf_of(Machine *machine, unsigned pgtt)
{
    return entry_of(machine, (VTDMMapping) {
        .table = machine->ssptptr,
        .input = pgtt == VTDM_PGTT_NESTED ? GUEST_PAGE : 0,
    }, 1);
}

static uint64_t address_of(Machine *machine, const Row *row)
{
    VTDMMapping first = { .table = machine->fsptptr, .first_stage = true };

    switch (row->where) {
    case ROOT:
        return MACHINE_ROOT + 16 * (MACHINE_SID >> 8);
    case CONTEXT:
        return machine->context;
    case DIRECTORY:
        return machine->directory + 8 * (MACHINE_PASID >> 6);
    case FS_TOP:
        return entry_of(machine, first, 4);
    case FS_LEAF:
        return entry_of(machine, first, 1);
    case SS_TOP:
        return machine->ssptptr;
    case SS_LEAF:
        return leaf_of(machine, row->pgtt);
    case SS_OF_FS_TOP:
        return second_stage_of(machine, entry_of(machine, first, 4));
    case SS_OF_FS_LEAF:
        return second_stage_of(machine, entry_of(machine, first, 1));
    default:
        return 0;
    }
}

static void break_entry(Machine *machine, const Row *row, uint64_t address)
{
    uint64_t at = address + 8 * row->word;

    if (row->unreadable) {
        machine->host.bad_address = at;
        machine->host.bad_size = 8;
    } else {
        uint64_t entry = vtdm_tables_get(&machine->tables, at);

        vtdm_tables_set(&machine->tables, at,
                        (entry & ~row->clear) | row->set);
    }
}

static VTDMEntry512 make_entry(Machine *machine, const Row *row)
{
    unsigned pgtt = row->pgtt ? row->pgtt : VTDM_PGTT_SECOND_STAGE;
    VTDMEntry512 entry =
        pgtt == VTDM_PGTT_PASS_THROUGH
            ? vtdm_make_pasid_pass_through(MACHINE_DID) :
        pgtt == VTDM_PGTT_SECOND_STAGE
            ? vtdm_make_pasid_second_stage(4, machine->ssptptr, MACHINE_DID)
            : vtdm_make_pasid_first_stage(4, machine->fsptptr, MACHINE_DID);

    if (pgtt == VTDM_PGTT_NESTED) {
        entry = vtdm_pasid_nested_over(entry, 4, machine->ssptptr);
    }
    if (row->condition == VTDM_SFS_5) {     /* 3 levels are 39 bits */
        entry.words[0] &= ~(VTDM_PASID_AW | VTDM_PASID_SSPTPTR);
        entry.words[0] |= AW(1) |
            (vtdm_tables_get(&machine->tables, machine->ssptptr) &
             VTDM_SS_ADDR);
    }
    if (row->condition == VTDM_SSS_5 || row->condition == VTDM_SSS_6) {
        entry.words[0] |= VTDM_PASID_SSADE;
    }
    if (row->condition == VTDM_SPT_4_4) {
        entry.words[2] |= VTDM_BIT(40);
    }
    entry.words[1] |= VTDM_PASID_1_PWSNP;
    return entry;
}

static void make_config(const Row *row, VTDMConfig *config)
{
    machine_scalable_config(config);
    config->fs5lp = !row->plain;
    if (row->pss) {
        config->pss = row->pss;
    }
    if (row->version) {
        config->version_major = row->version;
    }
    if (row->condition == VTDM_SPT_4_4 || row->condition == VTDM_SFS_5) {
        config->host_address_width = 48;
    }
}

/* Nested: the memory of the tables is the guest's, at its own address. */
static void map_tables(Machine *machine)
{
    for (uint64_t at = MACHINE_TABLES; at < MACHINE_TABLES + 0x40000;
         at += VTDM_PAGE_SIZE) {
        machine_map(machine, at, at, 1, SS_RW);
    }
}

static Machine *new_machine(const Row *row, bool fpd)
{
    VTDMConfig config;
    Machine *machine;
    VTDMEntry512 entry;

    make_config(row, &config);
    machine = machine_new_scalable(&config);
    machine->fsptptr = vtdm_tables_page(&machine->tables);
    vtdm_tables_map(&machine->tables, &(VTDMMapping) {
        .table = machine->fsptptr, .levels = 4, .input = MACHINE_IOVA,
        .output = row->pgtt == VTDM_PGTT_NESTED ? GUEST_PAGE : MACHINE_PAGE,
        .level = 1, .flags = FS_RW, .first_stage = true,
    });
    machine_map(machine, GUEST_PAGE, MACHINE_PAGE, 1, SS_RW);
    map_tables(machine);
    entry = make_entry(machine, row);
    machine_set_pasid(machine, MACHINE_PASID, entry);
    machine_set_pasid(machine, RID_PASID, entry);
    vtdm_tables_set256(&machine->tables, machine->context,
                       vtdm_make_scalable_context(
                           CONTEXT_FLAGS | (fpd ? VTDM_SCTX_FPD : 0), 3,
                           machine->directory, RID_PASID));
    return machine;
}

static void break_it(Machine *machine, const Row *row, bool with)
{
    uint64_t table;

    if (row->where == READ_ONLY) {
        machine->host.read_only = UINT64_MAX;
    } else if (row->where == PASID) {
        table = vtdm_tables_get(&machine->tables, machine->directory +
                                8 * (MACHINE_PASID >> 6)) & VTDM_PDE_SMPTBLPTR;
        break_entry(machine, row, table + 64 *
                    ((with ? MACHINE_PASID : RID_PASID) & 63));
    } else if (row->where != NOWHERE) {
        break_entry(machine, row, address_of(machine, row));
    }
}

static void check_record(Machine *machine, const Row *row,
                         const VTDMRequest *request, bool recorded)
{
    VTDMEntry128 record = machine_record(machine, 0);
    bool pasid = request->pasid != VTDM_NO_PASID;

    g_assert_cmpint(!!(record.hi & VTDM_FRCD_HI_F), ==, recorded);
    if (!recorded) {
        return;
    }
    g_assert_cmphex(vtdm_get(record.hi, VTDM_FRCD_HI_FR), ==, row->reason);
    g_assert_cmphex(vtdm_get(record.hi, VTDM_FRCD_HI_SID), ==, MACHINE_SID);
    g_assert_cmphex(vtdm_get(record.hi, VTDM_FRCD_HI_AT), ==, request->type);
    g_assert_cmpint(!!(record.hi & VTDM_FRCD_HI_PP), ==, pasid);
    g_assert_cmphex(vtdm_get(record.hi, VTDM_FRCD_HI_PV), ==,
                    pasid ? request->pasid : 0);
    g_assert_cmpint(!!(record.hi & VTDM_FRCD_HI_PRIV), ==,
                    request->privileged);
    g_assert_cmpint(!!(record.hi & VTDM_FRCD_HI_EXE), ==, request->execute);
}

static void check(const Row *row, unsigned type, bool with, bool fpd)
{
    Machine *machine = new_machine(row, fpd);
    bool error = row->responses[type] == UR || row->responses[type] == CA ||
                 row->condition == VTDM_SFS_10;
    bool recorded = error && !(fpd && row->qualified);
    VTDMRequest request = {
        .address = row->address ? row->address : MACHINE_IOVA,
        .pasid = with ? row->pasid ? row->pasid : MACHINE_PASID
                      : VTDM_NO_PASID,
        .source_id = MACHINE_SID,
        .access = type == VTDM_AT_TRANSLATION ? VTDM_READ : row->access,
        .type = type,
        .privileged = row->privileged,
        .execute = row->execute,
    };
    VTDMResult result;

    break_it(machine, row, with);
    result = machine_request(machine, request);
    g_test_message("%s type %u with PASID %d fpd %d", row->name, type, with,
                   fpd);
    g_assert_cmpstr(vtdm_condition_info(result.fault.condition)->name, ==,
                    row->name);
    g_assert_cmpuint(result.response, ==, row->responses[type]);
    g_assert_cmpuint(result.perm, ==, 0);
    g_assert_cmpint(result.fault.recorded, ==, recorded);
    check_record(machine, row, &request, recorded);
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
    for (unsigned i = 0; i < 3 * 2 * 2; i++) {
        unsigned type = i / 4;
        bool with = i & 2, fpd = i & 1;

        if (row->responses[type] != NA &&
            (row->who & (with ? WITH : WITHOUT)) &&
            !(with && type == VTDM_AT_TRANSLATED)) {
            check(row, type, with, fpd);
        }
    }
}

/* Everything that can be wrong at once, up to the paging tables. */
static Machine *new_ruin(void)
{
    VTDMConfig config;
    Machine *machine;
    uint64_t half = MACHINE_ROOT + 16 * (MACHINE_SID >> 8);

    machine_scalable_config(&config);
    config.pss = 17;
    config.fs5lp = false;
    machine = machine_new_scalable(&config);
    vtdm_tables_set(&machine->tables, half,
                    (vtdm_tables_get(&machine->tables, half) &
                     ~VTDM_SROOT_P) | VTDM_BIT(1));
    vtdm_tables_set256(&machine->tables, machine->context,
                       (VTDMEntry256) { {
                           VTDM_BIT(7) | VTDM_SCTX_PRE | machine->directory,
                           0xfffff,
                       } });
    vtdm_tables_set(&machine->tables, machine->directory +
                    8 * (MACHINE_PASID >> 6),
                    vtdm_tables_page(&machine->tables) | VTDM_BIT(2));
    return machine;
}

/* Mends a word, or breaks the next one of the request. */
static void mend(Machine *machine, uint64_t address, uint64_t set,
                 uint64_t clear)
{
    uint64_t entry = vtdm_tables_get(&machine->tables, address);

    vtdm_tables_set(&machine->tables, address, (entry & ~clear) | set);
}

/*
 * Of several things that are wrong the first on the way is told.
 * Spec: "Fault Conditions and Remapping Hardware Behavior..."
 */
static void test_order(void)
{
    Machine *machine = new_ruin();
    uint64_t root = MACHINE_ROOT + 16 * (MACHINE_SID >> 8);
    uint64_t context = machine->context;
    uint64_t directory = machine->directory + 8 * (MACHINE_PASID >> 6);
    uint64_t entry = (vtdm_tables_get(&machine->tables, directory) &
                      VTDM_PDE_SMPTBLPTR) + 64 * (MACHINE_PASID & 63);
    const struct {
        VTDMCondition condition;
        uint32_t pasid;         /* of the request */
        uint64_t address, set, clear;   /* mended after it */
    } steps[] = {
        { VTDM_SRT_2, 0x20000, root, VTDM_SROOT_P, 0 },
        { VTDM_SRT_3, 0x20000, root, 0, VTDM_BIT(1) },
        { VTDM_SCT_2, 0x20000, context, VTDM_SCTX_P, 0 },
        { VTDM_SCT_3, 0x20000, context, 0, VTDM_BIT(7) },
        { VTDM_SCT_4_1, 0x20000, context, 0, VTDM_SCTX_PRE },
        { VTDM_SCT_4_2, 0x20000, context + 8, MACHINE_PASID + 1, 0xfffff },
        { VTDM_SCT_5, 0x20000, context, VTDM_SCTX_DTE, 0 },
        { VTDM_SGN_10, 0x20000, 0, 0, 0 },
        { VTDM_SCT_6, 0x2000, context, VTDM_SCTX_PASIDE, 0 },
        { VTDM_SCT_7, 0x2000, 0, 0, 0 },
        { VTDM_SCT_9, MACHINE_PASID + 1, 0, 0, 0 },
        { VTDM_SPD_2, MACHINE_PASID, directory, VTDM_PDE_P, 0 },
        { VTDM_SPD_3, MACHINE_PASID, directory, 0, VTDM_BIT(2) },
        { VTDM_SPT_2, MACHINE_PASID, entry, VTDM_PASID_P | VTDM_BIT(5), 0 },
        { VTDM_SPT_3, MACHINE_PASID, entry, 0, VTDM_BIT(5) },
        { VTDM_SPT_4_2, MACHINE_PASID, entry, 2 << 6, 0 },
        { VTDM_SPT_4_1, MACHINE_PASID, entry, AW(2), 0 },
        { VTDM_SPT_5, MACHINE_PASID, entry + 16, FSPM(1), 0 },
        { VTDM_SPT_4_3, MACHINE_PASID, entry + 16, 0, FSPM(1) },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        VTDMRequest request = {
            .address = VTDM_BIT(60), .pasid = steps[i].pasid,
            .source_id = MACHINE_SID, .type = VTDM_AT_TRANSLATION,
            .execute = true, .privileged = true,
        };
        VTDMResult result;

        machine_enable_scalable(machine);       /* drops every cache */
        result = machine_request(machine, request);
        g_assert_cmpstr(vtdm_condition_info(result.fault.condition)->name,
                        ==, vtdm_condition_info(steps[i].condition)->name);
        if (steps[i].address) {
            mend(machine, steps[i].address, steps[i].set, steps[i].clear);
        }
    }
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *variant = rows[i].variant;
        char *path = g_strdup_printf("/vtdm/condition/%s%s%s", rows[i].name,
                                     variant ? "-" : "",
                                     variant ? variant : "");

        g_test_add_data_func(path, &rows[i], test_row);
        g_free(path);
    }
    g_test_add_func("/vtdm/scalable-condition/order", test_order);
    return g_test_run();
}
