/*
 * GCMD and GSTS: which bit does what, and when.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "machine.h"

#define STATE_BITS (VTDM_GCMD_TE | VTDM_GCMD_QIE | VTDM_GCMD_IRE | \
                    VTDM_GCMD_CFI)

/*
 * Spec: "Global Command Register": each bit alone; one without its
 * capability, or reserved, does nothing
 */
static void check_each_bit(Machine *machine, uint32_t sets)
{
    for (unsigned bit = 0; bit < 32; bit++) {
        vtdm_unit_reset(machine->unit, true);
        machine_write32(machine, VTDM_REG_GCMD, VTDM_BIT(bit));
        g_assert_cmphex(machine_read32(machine, VTDM_REG_GSTS), ==,
                        VTDM_BIT(bit) & sets);
        machine_write32(machine, VTDM_REG_GCMD, 0);
        g_assert_cmphex(machine_read32(machine, VTDM_REG_GSTS), ==,
                        VTDM_BIT(bit) & sets & ~STATE_BITS);
        g_assert_cmphex(machine_read32(machine, VTDM_REG_GCMD), ==, 0);
    }
}

static void test_bits(void)
{
    Machine *machine = machine_new(NULL);

    check_each_bit(machine, STATE_BITS | VTDM_GCMD_SRTP | VTDM_GCMD_SIRTP);
    machine_free(machine);
}

static void test_bits_bare(void)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.qi = config.ir = false;
    machine = machine_new(&config);
    check_each_bit(machine, VTDM_GCMD_TE | VTDM_GCMD_SRTP);
    machine_free(machine);
    config.qi = true;
    machine = machine_new(&config);
    check_each_bit(machine, VTDM_GCMD_TE | VTDM_GCMD_SRTP | VTDM_GCMD_QIE);
    machine_free(machine);
}

/* Spec: "Global Status Register": WBFS is clear at completion */
static void test_write_buffer_flush(void)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.rwbf = true;
    machine = machine_new(&config);
    machine_write32(machine, VTDM_REG_GCMD, VTDM_GCMD_WBF);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_GSTS), ==, 0);
    machine_free(machine);
}

/* Spec: "Global Command Register": each write says the whole state */
static void test_state(void)
{
    Machine *machine = machine_new(NULL);

    machine_write32(machine, VTDM_REG_GCMD, VTDM_GCMD_SRTP);
    machine_write32(machine, VTDM_REG_GCMD, STATE_BITS);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_GSTS), ==,
                    STATE_BITS | VTDM_GSTS_RTPS);
    machine_write32(machine, VTDM_REG_GCMD, VTDM_GCMD_QIE);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_GSTS), ==,
                    VTDM_GSTS_QIES | VTDM_GSTS_RTPS);
    machine_free(machine);
}

/* Spec: "Root Table Address Register": nothing acts before SRTP */
static void test_root_is_latched(void)
{
    Machine *machine = machine_new_mapped(NULL);

    machine_write64(machine, VTDM_REG_RTADDR, 0x300000);
    machine_command(machine, 0, VTDM_GCMD_TE);
    machine_command(machine, VTDM_GCMD_TE, 0);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_command(machine, VTDM_GCMD_SRTP, 0);
    machine_expect_fault(machine, MACHINE_IOVA, VTDM_LRT_2);
    machine_free(machine);
}

/* Spec: "Root Table Address Register": nor does TTM, for anything */
static void test_mode_is_latched(void)
{
    Machine *machine = machine_new_mapped(NULL);

    machine_write64(machine, VTDM_REG_RTADDR,
                    MACHINE_ROOT | vtdm_field(VTDM_RTADDR_TTM, 2));
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_write64(machine, VTDM_REG_CCMD, VTDM_CCMD_ICC |
                    vtdm_field(VTDM_CCMD_CIRG, VTDM_G_GLOBAL));
    g_assert_cmpuint(vtdm_get(machine_read64(machine, VTDM_REG_CCMD),
                              VTDM_CCMD_CAIG), ==, VTDM_G_GLOBAL);
    machine_enable_queue(machine);
    machine_submit(machine, vtdm_make_wait(0, 0, 0));
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FSTS), ==, 0);
    machine_command(machine, VTDM_GCMD_SRTP, 0);
    machine_expect_fault(machine, MACHINE_IOVA, VTDM_RTA_1_2);
    machine_submit(machine, vtdm_make_wait(0, 0, 0));
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FSTS) & VTDM_FSTS_IQE,
                    !=, 0);
    machine_free(machine);
}

/* Spec: "Set Root Table Pointer Operation" */
static void test_root_flushes(gconstpointer opaque)
{
    bool esrtps = GPOINTER_TO_UINT(opaque);
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.esrtps = esrtps;
    machine = machine_new_mapped(&config);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_set_root(machine, 0x300000);
    if (esrtps) {
        machine_expect_fault(machine, MACHINE_IOVA, VTDM_LRT_2);
    } else {
        machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
        machine_expect_fault(machine, MACHINE_IOVA + 0x1000, VTDM_LGN_3);
        g_assert_cmpuint(machine_request(machine, (VTDMRequest) {
            .pasid = VTDM_NO_PASID, .source_id = MACHINE_SID + 1,
        }).fault.condition, ==, VTDM_LRT_2);
    }
    machine_free(machine);
}

/* Spec: "Root Table Address Register": every TTM, by capability */
static void test_modes(void)
{
    for (unsigned adms = 0; adms < 2; adms++) {
        const VTDMCondition expected[] = {
            VTDM_NO_FAULT, VTDM_RTA_1_3, VTDM_RTA_1_2,
            adms ? VTDM_RTA_4 : VTDM_RTA_1_1,
        };
        VTDMConfig config;
        Machine *machine;

        vtdm_config_init(&config);
        config.adms = adms;
        machine = machine_new_mapped(&config);
        for (unsigned ttm = 0; ttm < 4; ttm++) {
            unsigned reads;

            machine_set_root(machine, MACHINE_ROOT | ttm << 10);
            reads = machine->host.reads;
            g_assert_cmpuint(machine_dma(machine, MACHINE_IOVA, VTDM_READ)
                                 .fault.condition, ==, expected[ttm]);
            g_assert_cmpint(machine->host.reads > reads, ==, ttm == 0);
        }
        machine_free(machine);
    }
}

/* Spec: "Global Command Register": TE off lets requests pass */
static void test_translation_off(void)
{
    Machine *machine = machine_new_mapped(NULL);

    machine_command(machine, 0, VTDM_GCMD_TE);
    machine_expect(machine, MACHINE_IOVA + 5, MACHINE_IOVA + 5);
    machine_command(machine, VTDM_GCMD_TE, 0);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_free(machine);
}

/* Spec: "Global Command Register": with scalable mode, off drops caches */
static void test_off_flushes(gconstpointer opaque)
{
    bool smts = GPOINTER_TO_UINT(opaque);
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.smts = config.ssts = smts;
    machine = machine_new_mapped(&config);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    vtdm_tables_context(&machine->tables, MACHINE_ROOT, MACHINE_SID,
                        (VTDMEntry128) { 0 });
    machine_command(machine, VTDM_GCMD_TE, 0);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_command(machine, 0, VTDM_GCMD_TE);
    machine_command(machine, VTDM_GCMD_TE, 0);
    if (smts) {
        machine_expect_fault(machine, MACHINE_IOVA, VTDM_LCT_2);
    } else {
        machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    }
    machine_free(machine);
}

static void put_irte(Machine *machine, uint8_t vector)
{
    vtdm_tables_set128(&machine->tables, MACHINE_IRT,
                       vtdm_make_irte(vector, 0, false));
}

static unsigned vector_of(Machine *machine)
{
    return machine_interrupt(machine, MACHINE_SID,
                             vtdm_make_msi_address(0, false), 0).data & 0xff;
}

/* Spec: "Set Interrupt Remapping Table Pointer Operation" */
static void test_interrupt_table(gconstpointer opaque)
{
    bool esirtps = GPOINTER_TO_UINT(opaque);
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.esirtps = esirtps;
    machine = machine_new(&config);
    put_irte(machine, 0x41);
    machine_enable_interrupts(machine, 7, false);
    g_assert_cmphex(vector_of(machine), ==, 0x41);
    put_irte(machine, 0x42);
    g_assert_cmphex(vector_of(machine), ==, 0x41);
    machine_write64(machine, VTDM_REG_IRTA, MACHINE_IRT | 7);
    g_assert_cmphex(vector_of(machine), ==, 0x41);
    machine_command(machine, VTDM_GCMD_SIRTP, 0);
    g_assert_cmphex(vector_of(machine), ==, esirtps ? 0x42 : 0x41);
    put_irte(machine, 0x43);
    machine_command(machine, 0, VTDM_GCMD_IRE);
    machine_command(machine, VTDM_GCMD_IRE, 0);
    g_assert_cmphex(vector_of(machine), ==, esirtps ? 0x43 : 0x41);
    machine_free(machine);
}

/* Spec: "Interrupt Remapping Table Address Register": SIRTP latches */
static void test_interrupt_table_is_latched(void)
{
    Machine *machine = machine_new(NULL);

    put_irte(machine, 0x41);
    machine_enable_interrupts(machine, 7, false);
    machine_write64(machine, VTDM_REG_IRTA, 0x300000);
    g_assert_cmphex(vector_of(machine), ==, 0x41);
    machine_free(machine);
}

static bool index_is_valid(Machine *machine, uint16_t handle)
{
    return machine_interrupt(machine, MACHINE_SID,
                             vtdm_make_msi_address(handle, false), 0)
               .fault.condition != VTDM_IR_21;
}

/* Compatibility format, and an entry with a destination of 32 bits. */
static void expect_eime(Machine *machine, bool eime)
{
    VTDMInterrupt wide = machine_interrupt(
        machine, MACHINE_SID, vtdm_make_msi_address(0, false), 0);

    g_assert_cmpuint(wide.fault.condition, ==,
                     eime ? VTDM_NO_FAULT : VTDM_IR_24);
    g_assert_cmphex(wide.address, ==, eime ? 0x12345600fee78000 : 0);
    g_assert_cmpuint(machine_interrupt(machine, 0, 0xfee00000, 0)
                         .fault.condition, ==,
                     eime ? VTDM_IR_25 : VTDM_NO_FAULT);
}

/* Spec: "Interrupt Remapping Table Address Register": EIME and S, too */
static void test_interrupt_fields_are_latched(void)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.eim = true;
    machine = machine_new(&config);
    vtdm_tables_set128(&machine->tables, MACHINE_IRT,
                       vtdm_make_irte(0x41, 0x12345678, true));
    machine_enable_interrupts(machine, 3, false);
    machine_command(machine, VTDM_GCMD_CFI, 0);
    machine_write64(machine, VTDM_REG_IRTA, MACHINE_IRT | VTDM_IRTA_EIME | 7);
    expect_eime(machine, false);
    g_assert_false(index_is_valid(machine, 16));
    machine_command(machine, VTDM_GCMD_SIRTP, 0);
    expect_eime(machine, true);
    g_assert_true(index_is_valid(machine, 16));
    machine_write64(machine, VTDM_REG_IRTA, MACHINE_IRT | 3);
    expect_eime(machine, true);
    g_assert_true(index_is_valid(machine, 16));
    machine_free(machine);
}

static void fail_once(Machine *machine)
{
    machine_dma(machine, MACHINE_IOVA + 0x1000, VTDM_READ);
}

static bool is_recorded(Machine *machine, unsigned index)
{
    return machine_record(machine, index).hi & VTDM_FRCD_HI_F;
}

/* Spec: "Primary Fault Logging": index 0 once TES and IRES are clear */
static void test_record_index(void)
{
    Machine *machine = machine_new_mapped(NULL);

    machine_enable_interrupts(machine, 7, false);
    fail_once(machine);
    machine_command(machine, 0, VTDM_GCMD_IRE);
    fail_once(machine);
    g_assert_true(is_recorded(machine, 1));
    machine_command(machine, VTDM_GCMD_IRE, 0);
    machine_command(machine, 0, VTDM_GCMD_TE);
    machine_command(machine, VTDM_GCMD_TE, 0);
    fail_once(machine);
    g_assert_true(is_recorded(machine, 2));
    for (unsigned i = 0; i < 3; i++) {
        machine_write64(machine, 0x608 + 16 * i, VTDM_FRCD_HI_F);
    }
    machine_command(machine, 0, VTDM_GCMD_TE | VTDM_GCMD_IRE);
    machine_command(machine, VTDM_GCMD_TE, 0);
    fail_once(machine);
    g_assert_true(is_recorded(machine, 0));
    g_assert_false(is_recorded(machine, 3));
    machine_free(machine);
}

/* ---- those who keep copies ---- */

static void count(void *opaque, const VTDMInvalidation *what)
{
    unsigned *told = opaque;

    g_assert_true(what->cache == VTDM_CACHE_EVERY);
    (*told)++;
}

static void expect_interrupts(Machine *machine, uint32_t set, uint32_t clear,
                              unsigned times)
{
    machine->host.interrupts->len = 0;
    machine_command(machine, set, clear);
    g_assert_cmpuint(machine->host.interrupts->len, ==, times);
}

/* Each change once, also if the switch drops the cache as well. */
static void test_interrupts_tell(gconstpointer opaque)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.esirtps = GPOINTER_TO_UINT(opaque);
    machine = machine_new(&config);
    expect_interrupts(machine, VTDM_GCMD_SIRTP, 0, 1);
    expect_interrupts(machine, VTDM_GCMD_SIRTP, 0, config.esirtps);
    expect_interrupts(machine, VTDM_GCMD_IRE, 0, 1);
    expect_interrupts(machine, VTDM_GCMD_IRE, 0, 0);
    expect_interrupts(machine, VTDM_GCMD_CFI, 0, 1);
    expect_interrupts(machine, 0, VTDM_GCMD_CFI, 1);
    expect_interrupts(machine, 0, VTDM_GCMD_IRE, 1);
    expect_interrupts(machine, VTDM_GCMD_IRE | VTDM_GCMD_CFI, 0, 1);
    expect_interrupts(machine, VTDM_GCMD_QIE, 0, 0);
    machine_free(machine);
}

/* Size and mode of an interrupt table hold at once, cached or not. */
static void test_interrupt_table_tells(void)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.esirtps = false;
    config.eim = true;
    machine = machine_new(&config);
    machine_enable_interrupts(machine, 7, false);
    machine_write64(machine, VTDM_REG_IRTA, MACHINE_IRT | 6);
    expect_interrupts(machine, VTDM_GCMD_SIRTP, 0, 1);
    machine_write64(machine, VTDM_REG_IRTA, MACHINE_IRT | VTDM_IRTA_EIME | 6);
    expect_interrupts(machine, VTDM_GCMD_SIRTP, 0, 1);
    machine_write64(machine, VTDM_REG_IRTA,
                    (MACHINE_IRT + 0x1000) | VTDM_IRTA_EIME | 6);
    expect_interrupts(machine, VTDM_GCMD_SIRTP, 0, 0);
    machine_free(machine);
}

/* What passes at all concerns device-TLBs as well: each switch, once. */
static void test_switches_tell(void)
{
    unsigned told = 0;
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.esrtps = false;
    config.plmr = true;
    machine = machine_new(&config);
    machine->host.changed = count;
    machine->host.changed_opaque = &told;
    machine_enable_dma(machine);
    g_assert_cmpuint(told, ==, 1);
    machine_command(machine, VTDM_GCMD_TE, 0);
    g_assert_cmpuint(told, ==, 1);
    machine_write32(machine, VTDM_REG_PMEN, VTDM_PMEN_EPM);
    g_assert_cmpuint(told, ==, 2);
    machine_write32(machine, VTDM_REG_PMEN, VTDM_PMEN_EPM);
    g_assert_cmpuint(told, ==, 2);
    machine_write32(machine, VTDM_REG_PMEN, 0);
    g_assert_cmpuint(told, ==, 3);
    machine_set_root(machine, MACHINE_ROOT);
    g_assert_cmpuint(told, ==, 3);
    machine_set_root(machine, MACHINE_ROOT |
                     vtdm_field(VTDM_RTADDR_TTM, VTDM_TTM_ABORT));
    g_assert_cmpuint(told, ==, 4);
    machine_command(machine, 0, VTDM_GCMD_TE);
    g_assert_cmpuint(told, ==, 5);
    vtdm_unit_reset(machine->unit, true);
    g_assert_cmpuint(told, ==, 6);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/command/bits", test_bits);
    g_test_add_func("/vtdm/command/bits-bare", test_bits_bare);
    g_test_add_func("/vtdm/command/write-buffer-flush",
                    test_write_buffer_flush);
    g_test_add_func("/vtdm/command/state", test_state);
    g_test_add_func("/vtdm/command/root-is-latched", test_root_is_latched);
    g_test_add_func("/vtdm/command/mode-is-latched", test_mode_is_latched);
    g_test_add_data_func("/vtdm/command/root-keeps", GUINT_TO_POINTER(0),
                         test_root_flushes);
    g_test_add_data_func("/vtdm/command/root-flushes", GUINT_TO_POINTER(1),
                         test_root_flushes);
    g_test_add_func("/vtdm/command/modes", test_modes);
    g_test_add_func("/vtdm/command/translation-off", test_translation_off);
    g_test_add_data_func("/vtdm/command/translation-off-keeps",
                         GUINT_TO_POINTER(0), test_off_flushes);
    g_test_add_data_func("/vtdm/command/translation-off-flushes",
                         GUINT_TO_POINTER(1), test_off_flushes);
    g_test_add_data_func("/vtdm/command/interrupt-table-keeps",
                         GUINT_TO_POINTER(0), test_interrupt_table);
    g_test_add_data_func("/vtdm/command/interrupt-table-flushes",
                         GUINT_TO_POINTER(1), test_interrupt_table);
    g_test_add_func("/vtdm/command/interrupt-table-is-latched",
                    test_interrupt_table_is_latched);
    g_test_add_func("/vtdm/command/interrupt-fields-are-latched",
                    test_interrupt_fields_are_latched);
    g_test_add_func("/vtdm/command/record-index", test_record_index);
    g_test_add_data_func("/vtdm/command/interrupts-tell",
                         GUINT_TO_POINTER(0), test_interrupts_tell);
    g_test_add_data_func("/vtdm/command/interrupts-flush-and-tell",
                         GUINT_TO_POINTER(1), test_interrupts_tell);
    g_test_add_func("/vtdm/command/interrupt-table-tells",
                    test_interrupt_table_tells);
    g_test_add_func("/vtdm/command/switches-tell", test_switches_tell);
    return g_test_run();
}
