/*
 * Descriptors of 256 bits: in which mode there are which, their reserved bits,
 * their granularities, what they ask for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "descriptor-bits.h"
#include "machine.h"

/* What a unit has, beside scalable mode, that descriptors depend on. */
typedef enum Has {
    HAS_DT = 1,
    HAS_DIT = 2,
    HAS_PDS = 4,
    HAS_ADMS = 8,
    HAS_SMTS = 16,
    HAS_PRS = 32,
} Has;

static Machine *new_machine(unsigned has, unsigned ttm)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.smts = config.ssts = has & HAS_SMTS;
    config.dt = has & HAS_DT;
    config.dit = has & HAS_DIT;
    config.pds = has & HAS_PDS;
    config.prs = has & HAS_PRS;
    config.adms = has & HAS_ADMS;
    config.mhmv = 9;
    machine = machine_new(&config);
    machine_set_root(machine, MACHINE_ROOT |
                     vtdm_field(VTDM_RTADDR_TTM, ttm));
    machine_enable_wide_queue(machine);
    machine_command(machine, VTDM_GCMD_TE, 0);
    return machine;
}

static Machine *new_scalable(unsigned has)
{
    return new_machine(has | HAS_SMTS, VTDM_TTM_SCALABLE);
}

static void put(Machine *machine, VTDMDescriptor descriptor)
{
    for (unsigned i = 0; i < 4; i++) {
        vtdm_tables_set(&machine->tables, MACHINE_QUEUE + 8 * i,
                        descriptor.q[i]);
    }
}

/* What the queue thinks of @descriptor, the only one in it. */
static VTDMQueueError try_wide(Machine *machine, VTDMDescriptor descriptor)
{
    bool failed;

    put(machine, descriptor);
    machine_write64(machine, VTDM_REG_IQT, 32);
    failed = machine_read32(machine, VTDM_REG_FSTS) & VTDM_FSTS_IQE;
    machine_command(machine, 0, VTDM_GCMD_QIE);
    machine_write32(machine, VTDM_REG_FSTS, VTDM_FSTS_IQE);
    machine_write64(machine, VTDM_REG_IQT, 0);
    machine_command(machine, VTDM_GCMD_QIE, 0);
    return failed ? machine_read64(machine, VTDM_REG_IQERCD) & 15
                  : VTDM_IQEI_NONE;
}

static VTDMQueueError try_it(Machine *machine, VTDMEntry128 lower)
{
    return try_wide(machine, (VTDMDescriptor) { { lower.lo, lower.hi } });
}

static const VTDMInvalidation *told(Machine *machine)
{
    return &fake_host_event(&machine->host, VTDM_EVENT_INVALIDATION)
                ->invalidation;
}

/* ---- bits ---- */

/* A valid descriptor, and its reserved bits: high and low bit of each run */
typedef struct Format {
    const char *name;
    unsigned has;
    VTDMEntry128 valid;
    BitRun reserved[6];
} Format;

#define UPPER { 255, 128 }

static const Format formats[] = {
    { "context", 0, { .lo = 0x11 },
      { { 8, 6 }, { 15, 12 }, { 63, 50 }, { 127, 64 }, UPPER } },
    { "iotlb", 0, { .lo = 0x12 },
      { { 8, 8 }, { 15, 12 }, { 63, 32 }, { 75, 71 }, UPPER } },
    { "device-tlb", HAS_DT, { .lo = 0x03 },
      { { 8, 4 }, { 15, 12 }, { 31, 21 }, { 63, 48 }, { 75, 65 }, UPPER } },
    { "device-tlb-dit", HAS_DT | HAS_DIT, { .lo = 0x03 },
      { { 8, 4 }, { 31, 21 }, { 51, 48 }, { 75, 65 }, UPPER } },
    { "interrupt", 0, { .lo = 0x04 },
      { { 8, 5 }, { 26, 12 }, { 63, 48 }, { 127, 64 }, UPPER } },
    { "wait", 0, { .lo = 0x25, .hi = MACHINE_STATUS },
      { { 7, 7 }, { 8, 8 }, { 31, 12 }, { 65, 64 }, UPPER } },
    { "wait-pds", HAS_DT | HAS_PDS, { .lo = 0x25, .hi = MACHINE_STATUS },
      { { 8, 8 }, { 31, 12 }, { 65, 64 }, UPPER } },
    { "pasid-iotlb", 0, { .lo = 0x36 },
      { { 8, 6 }, { 15, 12 }, { 63, 52 }, { 75, 71 }, UPPER } },
    { "pasid-cache", 0, { .lo = 0x17 },
      { { 8, 6 }, { 15, 12 }, { 63, 52 }, { 127, 64 }, UPPER } },
    { "pasid-device-tlb", HAS_DT, { .lo = 0x08 },
      { { 15, 12 }, { 63, 52 }, { 74, 65 }, UPPER } },
    { "pasid-device-tlb-dit", HAS_DT | HAS_DIT, { .lo = 0x08 },
      { { 74, 65 }, UPPER } },
    { "page-response", HAS_DT | HAS_PRS, { .lo = 0x09 },
      { { 8, 5 }, { 63, 52 }, { 65, 64 }, { 127, 76 }, UPPER } },
};

static bool is_reserved(const Format *format, unsigned bit)
{
    return bit_is_in(bit, format->reserved, G_N_ELEMENTS(format->reserved));
}

/* Spec: "Queued Invalidation Interface": every bit of every descriptor */
static void test_bits(gconstpointer opaque)
{
    const Format *format = opaque;
    Machine *machine = new_scalable(format->has);

    g_assert_cmpuint(try_it(machine, format->valid), ==, VTDM_IQEI_NONE);
    for (unsigned bit = 0; bit < 256; bit++) {
        VTDMDescriptor changed = { { format->valid.lo, format->valid.hi } };
        bool reserved = is_reserved(format, bit);

        if (bit_is_type(bit) || (bit_is_granularity(bit) && !reserved)) {
            continue;
        }
        changed.q[bit / 64] ^= VTDM_BIT(bit % 64);
        g_assert_cmpuint(try_wide(machine, changed), ==,
                         reserved ? VTDM_IQEI_RESERVED : VTDM_IQEI_NONE);
    }
    machine_free(machine);
}

/* ---- types ---- */

static bool has_type(const VTDMConfig *config, unsigned type)
{
    return type == 3 || type == 8 ? config->dt :
           type == 9 ? config->prs : true;
}

/* Spec: "Hardware Handling of Queued Invalidation Interface Errors" */
static void expect_types(Machine *machine, bool all)
{
    for (unsigned type = 0; type < 128; type++) {
        bool known = (type >= 1 && type <= 5) ||
                     (all && type >= 6 && type <= 9);
        VTDMEntry128 descriptor = {
            .lo = (type & 15) | (type >> 4) << 9 | 0x10,
        };

        if (type == 3) {
            descriptor.lo &= ~0x10ULL;
        }
        if (type == 6) {
            descriptor.lo |= 0x30;
        }
        g_assert_cmpuint(
            try_it(machine, descriptor), ==,
            known && has_type(&machine->config, type) ? VTDM_IQEI_NONE
                                                      : VTDM_IQEI_TYPE);
    }
}

static void test_types(void)
{
    static const struct {
        unsigned has;
        unsigned ttm;
        bool all;
    } rows[] = {
        { HAS_SMTS | HAS_DT, VTDM_TTM_LEGACY, false },
        { HAS_ADMS | HAS_DT, VTDM_TTM_LEGACY, false },
        { HAS_SMTS | HAS_DT, VTDM_TTM_SCALABLE, true },
        { HAS_SMTS | HAS_DT | HAS_PRS, VTDM_TTM_LEGACY, false },
        { HAS_SMTS | HAS_DT | HAS_PRS, VTDM_TTM_SCALABLE, true },
        { HAS_SMTS | HAS_DT | HAS_PRS | HAS_ADMS, VTDM_TTM_ABORT, true },
        { HAS_SMTS, VTDM_TTM_SCALABLE, true },
        { HAS_SMTS | HAS_ADMS | HAS_DT, VTDM_TTM_ABORT, true },
        { HAS_ADMS, VTDM_TTM_ABORT, true },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Machine *machine = new_machine(rows[i].has, rows[i].ttm);

        expect_types(machine, rows[i].all);
        machine_free(machine);
    }
}

/* ---- what is asked for ---- */

/* Spec: "PASID-cache Invalidate Descriptor" */
static void test_pasid_cache(void)
{
    static const struct {
        VTDMQueueError error;
        VTDMScope scope;
    } granularities[] = {
        { VTDM_IQEI_NONE, VTDM_SCOPE_DOMAIN },
        { VTDM_IQEI_NONE, VTDM_SCOPE_PASID },
        { VTDM_IQEI_RESERVED },
        { VTDM_IQEI_NONE, VTDM_SCOPE_GLOBAL },
    };
    Machine *machine = new_scalable(0);

    for (unsigned g = 0; g < G_N_ELEMENTS(granularities); g++) {
        g_assert_cmpuint(try_it(machine, vtdm_make_pasid_cache_invalidate(
                                    g, 0x1234, 0xabcde)),
                         ==, granularities[g].error);
        if (granularities[g].error == VTDM_IQEI_NONE) {
            g_assert_cmpuint(told(machine)->cache, ==, VTDM_CACHE_PASID);
            g_assert_cmpuint(told(machine)->scope, ==,
                             granularities[g].scope);
            g_assert_cmphex(told(machine)->domain_id, ==, 0x1234);
            g_assert_cmphex(told(machine)->pasid, ==, 0xabcde);
        }
    }
    machine_free(machine);
}

/* Spec: "PASID-cache Invalidate Descriptor": bits that do not exist */
static void test_ignored_bits(void)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.smts = config.ssts = true;
    config.nd = 2;
    machine = machine_new(&config);
    machine_set_root(machine, MACHINE_ROOT |
                     vtdm_field(VTDM_RTADDR_TTM, VTDM_TTM_SCALABLE));
    machine_enable_wide_queue(machine);
    try_it(machine, vtdm_make_pasid_cache_invalidate(VTDM_PC_G_DOMAIN, 0xab12,
                                                     0));
    g_assert_cmphex(told(machine)->domain_id, ==, 0x12);
    try_it(machine, vtdm_make_pasid_iotlb_invalidate(VTDM_P_IOTLB_G_PASID,
                                                     0xab12, 0, 0));
    g_assert_cmphex(told(machine)->domain_id, ==, 0x12);
    machine_free(machine);
}

/* Spec: "PASID-based IOTLB Invalidate Descriptor (P_IOTLB)" */
static void test_pasid_iotlb(void)
{
    Machine *machine = new_scalable(0);

    for (unsigned g = 0; g < 2; g++) {
        g_assert_cmpuint(try_it(machine, vtdm_make_pasid_iotlb_invalidate(
                                    g, 1, 2, 0)), ==, VTDM_IQEI_RESERVED);
    }
    g_assert_cmpuint(try_it(machine, vtdm_make_pasid_iotlb_invalidate(
                                VTDM_P_IOTLB_G_PASID, 0x1234, 0xabcde, 0)),
                     ==, VTDM_IQEI_NONE);
    g_assert_cmpuint(told(machine)->cache, ==, VTDM_CACHE_IOTLB);
    g_assert_cmpuint(told(machine)->scope, ==, VTDM_SCOPE_PASID);
    g_assert_cmphex(told(machine)->domain_id, ==, 0x1234);
    g_assert_cmphex(told(machine)->pasid, ==, 0xabcde);
    machine_free(machine);
}

/*
 * ... its masks: all that there are, whatever MAMV and MGAW say; one that
 * hides the sign hides what is above it
 */
static void test_pasid_iotlb_pages(void)
{
    const uint64_t address = 0xffff876543210000;
    Machine *machine = new_scalable(0);

    for (unsigned am = 0; am < 64; am++) {
        uint64_t mask = vtdm_mask_below(am < 36 ? 12 + am : 64);
        bool hint = am & 1;

        g_assert_cmpuint(try_it(machine, vtdm_make_pasid_iotlb_invalidate(
                                    VTDM_P_IOTLB_G_PAGES, 9, 5,
                                    address | am |
                                    (hint ? VTDM_P_IOTLB_HI_IH : 0))),
                         ==, VTDM_IQEI_NONE);
        g_assert_cmpuint(told(machine)->scope, ==, VTDM_SCOPE_PASID_PAGES);
        g_assert_cmphex(told(machine)->pasid, ==, 5);
        g_assert_cmphex(told(machine)->mask, ==, mask);
        g_assert_cmphex(told(machine)->address, ==, address & ~mask);
        g_assert_cmpint(told(machine)->leaf_only, ==, hint);
    }
    machine_free(machine);
}

static const VTDMInvalidation *last_sent(Machine *machine)
{
    GArray *sent = machine->host.device_tlbs;

    g_assert_cmpuint(sent->len, >, 0);
    return &g_array_index(sent, VTDMInvalidation, sent->len - 1);
}

/* Spec: "PASID-based-Device-TLB Invalidate Descriptor" */
static void test_pasid_device_tlb(void)
{
    static const struct {
        uint64_t address;
        bool s;
        uint64_t first;
        uint64_t mask;
    } ranges[] = {
        { 0x12345000, false, 0x12345000, 0xfff },
        { 0x12344000, true, 0x12344000, 0x1fff },
        { 0x12345000, true, 0x12344000, 0x3fff },
        { 0xffff876543210000, false, 0xffff876543210000, 0xfff },
        { 0x0000876543210000, false, 0x0000876543210000, 0xfff },
        { 0x00007ffffffff000, true, 0, 0xffffffffffff },
        { 0x7ffffffffffff000, true, 0, UINT64_MAX },
        { 0xfffffffffffff000, true, 0, UINT64_MAX },
    };
    Machine *machine = new_scalable(HAS_DT);

    for (size_t i = 0; i < 2 * G_N_ELEMENTS(ranges); i++) {
        bool all = i % 2;
        VTDMEntry128 descriptor = vtdm_make_pasid_device_tlb_invalidate(
            0x4321, 0xabcde, ranges[i / 2].address, ranges[i / 2].s);

        descriptor.hi |= all ? VTDM_P_DEV_TLB_HI_GI : 0;
        g_assert_cmpuint(try_it(machine, descriptor), ==, VTDM_IQEI_NONE);
        g_assert_cmphex(last_sent(machine)->source_id, ==, 0x4321);
        g_assert_true(last_sent(machine)->with_pasid);
        g_assert_cmpint(last_sent(machine)->all_pasids, ==, all);
        g_assert_cmphex(last_sent(machine)->pasid, ==, all ? 0 : 0xabcde);
        g_assert_cmphex(last_sent(machine)->address, ==,
                        ranges[i / 2].first);
        g_assert_cmphex(last_sent(machine)->mask, ==, ranges[i / 2].mask);
    }
    machine_free(machine);
}

/* Spec: "Device-TLB Invalidate Descriptor": PFSID, in two pieces */
static void test_physical_function(void)
{
    static const VTDMEntry128 descriptors[] = {
        { .lo = 0x03 }, { .lo = 0x08 },
    };
    Machine *machine = new_scalable(HAS_DT | HAS_DIT);

    for (size_t i = 0; i < G_N_ELEMENTS(descriptors); i++) {
        VTDMEntry128 descriptor = descriptors[i];

        descriptor.lo |= 0xabcULL << 52 | 0xdULL << 12;
        g_assert_cmpuint(try_it(machine, descriptor), ==, VTDM_IQEI_NONE);
        g_assert_cmphex(last_sent(machine)->pfsid, ==, 0xabcd);
        g_assert_cmpint(last_sent(machine)->with_pasid, ==, i);
    }
    machine_free(machine);
}

/* Spec: "Context-cache Invalidate Descriptor": no domains any more */
static void test_context(void)
{
    Machine *machine = new_scalable(0);

    for (unsigned g = VTDM_G_GLOBAL; g <= VTDM_G_SELECTIVE; g++) {
        g_assert_cmpuint(try_it(machine, vtdm_make_context_invalidate(
                                    g, 0x1234, 0x5678, 2)),
                         ==, VTDM_IQEI_NONE);
        g_assert_cmpuint(told(machine)->cache, ==, VTDM_CACHE_CONTEXT);
        g_assert_cmpuint(told(machine)->scope, ==,
                         g == VTDM_G_SELECTIVE ? VTDM_SCOPE_DEVICE
                                               : VTDM_SCOPE_GLOBAL);
        g_assert_cmphex(told(machine)->domain_id, ==, 0);
        g_assert_cmphex(told(machine)->source_id, ==, 0x5678);
        g_assert_cmphex(told(machine)->source_mask, ==, 0xfff9);
    }
    machine_free(machine);
}

/* Spec: "Queued Invalidation Interface": both halves, the lower one first */
static void test_pieces(void)
{
    static const FakeRead pieces[] = {
        { MACHINE_QUEUE, 16 }, { MACHINE_QUEUE + 16, 16 },
    };
    Machine *machine = new_scalable(0);

    put(machine, (VTDMDescriptor) { { 0x37 } });
    fake_host_log_reads(&machine->host);
    machine_write64(machine, VTDM_REG_IQT, 32);
    fake_host_expect_reads(&machine->host, pieces, 2);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        char *path = g_strdup_printf("/vtdm/descriptor-wide/bits-%s",
                                     formats[i].name);

        g_test_add_data_func(path, &formats[i], test_bits);
        g_free(path);
    }
    g_test_add_func("/vtdm/descriptor-wide/types", test_types);
    g_test_add_func("/vtdm/descriptor-wide/pasid-cache", test_pasid_cache);
    g_test_add_func("/vtdm/descriptor-wide/ignored-bits", test_ignored_bits);
    g_test_add_func("/vtdm/descriptor-wide/pasid-iotlb", test_pasid_iotlb);
    g_test_add_func("/vtdm/descriptor-wide/pasid-iotlb-pages",
                    test_pasid_iotlb_pages);
    g_test_add_func("/vtdm/descriptor-wide/pasid-device-tlb",
                    test_pasid_device_tlb);
    g_test_add_func("/vtdm/descriptor-wide/physical-function",
                    test_physical_function);
    g_test_add_func("/vtdm/descriptor-wide/context", test_context);
    g_test_add_func("/vtdm/descriptor-wide/pieces", test_pieces);
    return g_test_run();
}
