/*
 * Driving one unit on a fake host.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/config-check.h"
#include "machine.h"

static void table_read(void *opaque, uint64_t address, void *buf, size_t len)
{
    g_assert_true(fake_host_ops.read_memory(opaque, address, buf, len));
}

static void table_write(void *opaque, uint64_t address, const void *buf,
                        size_t len)
{
    g_assert_true(fake_host_ops.write_memory(opaque, address, buf, len));
}

Machine *machine_new(const VTDMConfig *config)
{
    Machine *machine = g_new0(Machine, 1);
    GPtrArray *problems = g_ptr_array_new_with_free_func(g_free);

    fake_host_init(&machine->host, MACHINE_RAM);
    vtdm_config_init(&machine->config);
    if (config) {
        machine->config = *config;
    }
    if (!vtdm_config_check(&machine->config, problems)) {
        g_error("%s", (char *)g_ptr_array_index(problems, 0));
    }
    g_ptr_array_unref(problems);
    machine->unit = vtdm_unit_new(&machine->config, &fake_host_ops,
                                  &machine->host);
    machine->tables = (VTDMTables) {
        .read = table_read,
        .write = table_write,
        .opaque = &machine->host,
        .next = MACHINE_TABLES,
    };
    return machine;
}

void machine_free(Machine *machine)
{
    vtdm_unit_free(machine->unit);
    fake_host_destroy(&machine->host);
    g_free(machine);
}

uint32_t machine_read32(Machine *machine, uint32_t offset)
{
    return vtdm_unit_read(machine->unit, offset, 4);
}

uint64_t machine_read64(Machine *machine, uint32_t offset)
{
    return vtdm_unit_read(machine->unit, offset, 8);
}

bool machine_work(Machine *machine)
{
    bool asked = machine->host.asked;

    machine->host.asked = false;
    if (asked) {
        vtdm_unit_work(machine->unit);
    }
    return asked;
}

/* A test that wants to see what a call leaves to be done calls by itself. */
static void write_register(Machine *machine, uint32_t offset, unsigned size,
                           uint64_t value)
{
    vtdm_unit_write(machine->unit, offset, size, value);
    while (!machine->in_slices && machine_work(machine)) {
        /* until all is done */
    }
}

void machine_write32(Machine *machine, uint32_t offset, uint32_t value)
{
    write_register(machine, offset, 4, value);
}

void machine_write64(Machine *machine, uint32_t offset, uint64_t value)
{
    write_register(machine, offset, 8, value);
}

void machine_command(Machine *machine, uint32_t set, uint32_t clear)
{
    uint32_t state = machine_read32(machine, VTDM_REG_GSTS) &
        (VTDM_GCMD_TE | VTDM_GCMD_QIE | VTDM_GCMD_IRE | VTDM_GCMD_CFI);

    machine_write32(machine, VTDM_REG_GCMD, (state | set) & ~clear);
}

void machine_set_root(Machine *machine, uint64_t rtaddr)
{
    machine_write64(machine, VTDM_REG_RTADDR, rtaddr);
    machine_command(machine, VTDM_GCMD_SRTP, 0);
}

void machine_enable_dma(Machine *machine)
{
    machine_set_root(machine, MACHINE_ROOT);
    machine_command(machine, VTDM_GCMD_TE, 0);
}

void machine_enable_interrupts(Machine *machine, unsigned s, bool eime)
{
    machine_write64(machine, VTDM_REG_IRTA,
                    MACHINE_IRT | (eime ? VTDM_IRTA_EIME : 0) | s);
    machine_command(machine, VTDM_GCMD_SIRTP, 0);
    machine_command(machine, VTDM_GCMD_IRE, 0);
}

static void enable_queue(Machine *machine, uint64_t width)
{
    machine_write64(machine, VTDM_REG_IQT, 0);
    machine_write64(machine, VTDM_REG_IQA, MACHINE_QUEUE | width);
    machine_command(machine, VTDM_GCMD_QIE, 0);
}

void machine_enable_queue(Machine *machine)
{
    enable_queue(machine, 0);
}

void machine_submit(Machine *machine, VTDMEntry128 descriptor)
{
    uint64_t tail = machine_read64(machine, VTDM_REG_IQT);

    vtdm_tables_set128(&machine->tables, MACHINE_QUEUE + tail, descriptor);
    machine_write64(machine, VTDM_REG_IQT, (tail + 16) % VTDM_PAGE_SIZE);
}

void machine_flush(Machine *machine, unsigned g, uint16_t domain_id,
                   uint64_t address, unsigned am)
{
    machine_submit(machine, vtdm_make_iotlb_invalidate(g, domain_id, address,
                                                       am, false));
}

void machine_enable_wide_queue(Machine *machine)
{
    enable_queue(machine, VTDM_IQA_DW);
}

void machine_submit_wide(Machine *machine, VTDMEntry128 descriptor)
{
    uint64_t tail = machine_read64(machine, VTDM_REG_IQT);

    vtdm_tables_set128(&machine->tables, MACHINE_QUEUE + tail, descriptor);
    vtdm_tables_set128(&machine->tables, MACHINE_QUEUE + tail + 16,
                       (VTDMEntry128) { 0 });
    machine_write64(machine, VTDM_REG_IQT, (tail + 32) % VTDM_PAGE_SIZE);
}

void machine_attach(Machine *machine, uint16_t source_id, uint16_t domain_id,
                    unsigned tt)
{
    machine->ssptptr = vtdm_tables_page(&machine->tables);
    vtdm_tables_context(&machine->tables, MACHINE_ROOT, source_id,
                        vtdm_make_context(tt, 4, machine->ssptptr,
                                          domain_id));
}

uint64_t machine_map(Machine *machine, uint64_t input, uint64_t output,
                     unsigned level, uint64_t flags)
{
    return vtdm_tables_map(&machine->tables, &(VTDMMapping) {
        .table = machine->ssptptr,
        .levels = 4,
        .input = input,
        .output = output,
        .level = level,
        .flags = flags,
    });
}

Machine *machine_new_mapped(const VTDMConfig *config)
{
    Machine *machine = machine_new(config);

    machine_attach(machine, MACHINE_SID, MACHINE_DID,
                   machine->config.dt ? VTDM_TT_DEVICE_TLB
                                      : VTDM_TT_SECOND_STAGE);
    machine_map(machine, MACHINE_IOVA, MACHINE_PAGE, 1,
                VTDM_SS_R | VTDM_SS_W);
    machine_enable_dma(machine);
    return machine;
}

void machine_scalable_config(VTDMConfig *config)
{
    vtdm_config_init(config);
    config->smts = config->ssts = config->fsts = config->nest = true;
    config->pasid = config->srs = config->rps = config->rprivs = true;
    config->dt = config->prs = config->nwfs = config->sc = true;
    config->smpwcs = config->ssads = config->eafs = config->mts = true;
    config->fs1gp = config->fs5lp = true;
    config->pss = VTDM_PASID_BITS;
}

void machine_attach_scalable(Machine *machine, uint64_t flags)
{
    machine->directory = vtdm_tables_page(&machine->tables);
    vtdm_tables_page(&machine->tables);     /* its second half */
    machine->context = vtdm_tables_scalable_context(
        &machine->tables, MACHINE_ROOT, MACHINE_SID,
        vtdm_make_scalable_context(flags, 3, machine->directory, 0));
}

uint64_t machine_set_pasid(Machine *machine, uint32_t pasid,
                           VTDMEntry512 entry)
{
    return vtdm_tables_pasid(&machine->tables, machine->directory, pasid,
                             entry);
}

void machine_enable_scalable(Machine *machine)
{
    machine_set_root(machine, MACHINE_ROOT |
                     vtdm_field(VTDM_RTADDR_TTM, VTDM_TTM_SCALABLE));
    machine_command(machine, VTDM_GCMD_TE, 0);
}

uint64_t machine_map_first(Machine *machine, uint64_t input, uint64_t output,
                           unsigned level, uint64_t flags)
{
    if (!machine->fsptptr) {
        machine->fsptptr = vtdm_tables_page(&machine->tables);
    }
    return vtdm_tables_map(&machine->tables, &(VTDMMapping) {
        .table = machine->fsptptr,
        .levels = 4,
        .input = input,
        .output = output,
        .level = level,
        .flags = flags,
        .first_stage = true,
    });
}

Machine *machine_new_scalable(const VTDMConfig *config)
{
    VTDMConfig all;
    Machine *machine;

    machine_scalable_config(&all);
    machine = machine_new(config ? config : &all);
    machine_attach_scalable(machine,
                            (machine->config.dt ? VTDM_SCTX_DTE : 0) |
                            (machine->config.prs ? VTDM_SCTX_PRE : 0) |
                            (machine->config.pasid ? VTDM_SCTX_PASIDE : 0));
    machine_set_pasid(machine, 0, vtdm_make_pasid_pass_through(1));
    machine->ssptptr = vtdm_tables_page(&machine->tables);
    machine_map(machine, MACHINE_IOVA, MACHINE_PAGE, 1,
                VTDM_SS_R | VTDM_SS_W);
    machine_set_pasid(machine, MACHINE_PASID,
                      vtdm_make_pasid_second_stage(4, machine->ssptptr,
                                                   MACHINE_DID));
    machine_enable_scalable(machine);
    return machine;
}

static uint8_t wanted_by(const VTDMRequest *request)
{
    return (request->access != VTDM_WRITE ? VTDM_PERM_R : 0) |
           (request->access != VTDM_READ ? VTDM_PERM_W : 0);
}

bool machine_hit(Machine *machine, const VTDMRequest *request, VTDMHit *hit)
{
    return request->type == VTDM_AT_UNTRANSLATED &&
           request->view == VTDM_USE && !request->execute &&
           !request->privileged &&
           vtdm_unit_hit(machine->unit,
                         vtdm_who(request->source_id, request->pasid),
                         request->address, wanted_by(request), hit);
}

void machine_expect_hit(const VTDMRequest *request, const VTDMHit *hit,
                        const VTDMResult *result)
{
    uint8_t writes = result->clean ? 0 : result->perm & VTDM_PERM_W;
    VTDMStage stage = !result->translated ? VTDM_NO_STAGE :
                      result->first_stage ? VTDM_FIRST_STAGE
                                          : VTDM_SECOND_STAGE;

    g_assert_cmpuint(result->response, ==, VTDM_OK);
    g_assert_true(result->has_domain);
    g_assert_false(result->untranslated_only || result->privileged);
    g_assert_cmphex(hit->output + (request->address & hit->mask), ==,
                    result->address);
    g_assert_cmphex(hit->mask, ==, result->mask);
    g_assert_cmphex(hit->perm, ==, (result->perm & VTDM_PERM_R) | writes);
    g_assert_cmphex(vtdm_tables_domain(hit->tables), ==, result->domain_id);
    g_assert_cmpint(vtdm_tables_stage(hit->tables), ==, stage);
}

VTDMResult machine_request(Machine *machine, VTDMRequest request)
{
    VTDMResult result;
    VTDMHit hit;
    bool found = machine_hit(machine, &request, &hit);

    if (found) {
        request.view = VTDM_LOOK;
    }
    vtdm_unit_translate(machine->unit, &request, &result);
    if (found) {
        machine_expect_hit(&request, &hit, &result);
    }
    return result;
}

VTDMResult machine_dma(Machine *machine, uint64_t address, VTDMAccess access)
{
    return machine_request(machine, (VTDMRequest) {
        .address = address,
        .pasid = VTDM_NO_PASID,
        .source_id = MACHINE_SID,
        .access = access,
    });
}

VTDMResult machine_dma_with_pasid(Machine *machine, uint32_t pasid,
                                  uint64_t address, VTDMAccess access)
{
    return machine_request(machine, (VTDMRequest) {
        .address = address,
        .pasid = pasid,
        .source_id = MACHINE_SID,
        .access = access,
    });
}

void machine_expect(Machine *machine, uint64_t address, uint64_t output)
{
    VTDMResult result = machine_dma(machine, address, VTDM_READ);

    g_assert_cmpstr(vtdm_condition_info(result.fault.condition)->name, ==,
                    "none");
    g_assert_cmpuint(result.response, ==, VTDM_OK);
    g_assert_cmphex(result.address, ==, output);
}

void machine_expect_fault(Machine *machine, uint64_t address,
                          VTDMCondition condition)
{
    VTDMResult result = machine_dma(machine, address, VTDM_READ);

    g_assert_cmpstr(vtdm_condition_info(result.fault.condition)->name, ==,
                    vtdm_condition_info(condition)->name);
    g_assert_cmpuint(result.response, ==, VTDM_UR);
    g_assert_cmpuint(result.perm, ==, 0);
}

VTDMInterrupt machine_interrupt(Machine *machine, uint16_t source_id,
                                uint64_t address, uint32_t data)
{
    VTDMInterrupt interrupt;

    vtdm_unit_remap(machine->unit, &(VTDMInterruptRequest) {
        .address = address,
        .data = data,
        .size = 4,
        .source_id = source_id,
    }, &interrupt);
    return interrupt;
}

VTDMEntry128 machine_record(Machine *machine, unsigned index)
{
    uint64_t cap = machine_read64(machine, VTDM_REG_CAP);
    uint32_t offset = 16 * vtdm_get(cap, VTDM_CAP_FRO) + 16 * index;

    return (VTDMEntry128) {
        .lo = machine_read64(machine, offset),
        .hi = machine_read64(machine, offset + 8),
    };
}

uint32_t machine_iotlb(Machine *machine)
{
    return 16 * vtdm_get(machine_read64(machine, VTDM_REG_ECAP),
                         VTDM_ECAP_IRO);
}
