/*
 * The answer that takes no lock: when there is one, and that it is the answer
 * that there is with the lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "core/hit.h"
#include "core/request.h"
#include "core/unit.h"
#include "hw/i386/vtdm/inspect.h"
#include "hw/i386/vtdm/statistics.h"
#include "machine.h"

#define RW      (VTDM_SS_R | VTDM_SS_W)
#define FS_RW   (VTDM_FS_P | VTDM_FS_RW | VTDM_FS_US)

static VTDMRequest request_of(uint64_t address, VTDMAccess access)
{
    return (VTDMRequest) {
        .address = address, .pasid = VTDM_NO_PASID,
        .source_id = MACHINE_SID, .access = access,
    };
}

static void expect_same(const VTDMResult *a, const VTDMResult *b)
{
    g_assert_cmpuint(a->response, ==, b->response);
    g_assert_cmphex(a->address, ==, b->address);
    g_assert_cmphex(a->mask, ==, b->mask);
    g_assert_cmphex(a->perm, ==, b->perm);
    g_assert_cmpint(a->clean, ==, b->clean);
    g_assert_cmpint(a->snoop, ==, b->snoop);
    g_assert_cmpint(a->untranslated_only, ==, b->untranslated_only);
    g_assert_cmpint(a->privileged, ==, b->privileged);
    g_assert_cmpint(a->first_stage, ==, b->first_stage);
    g_assert_cmpint(a->translated, ==, b->translated);
    g_assert_cmpint(a->has_domain, ==, b->has_domain);
    g_assert_cmphex(a->domain_id, ==, b->domain_id);
    g_assert_cmpuint(a->fault.condition, ==, b->fault.condition);
}

/* While somebody else has the lock, it is answered, and as it is with it. */
static void expect_hit(Machine *machine, VTDMRequest request)
{
    VTDMResult with, without;

    machine_request(machine, request);
    memset(&with, 0xa5, sizeof(with));
    memset(&without, 0x5a, sizeof(without));
    pthread_mutex_lock(&machine->unit->lock);
    vtdm_request_run(machine->unit, &request, &with);
    vtdm_unit_translate(machine->unit, &request, &without);
    pthread_mutex_unlock(&machine->unit->lock);
    g_assert_cmpuint(without.response, ==, VTDM_OK);
    expect_same(&with, &without);
}

static void expect_no_hit(Machine *machine, VTDMRequest request)
{
    VTDMResult result;

    machine_request(machine, request);
    g_assert_false(vtdm_hit(machine->unit, &request, &result));
}

static void test_legacy(void)
{
    Machine *machine = machine_new_mapped(NULL);

    machine_map(machine, 0x40000000, 0x80000000, 2, RW);
    machine_map(machine, 0x80000000, 0xc0000000, 3, VTDM_SS_R);
    machine_map(machine, 0xfed00000, 0xfed00000, 1, VTDM_SS_W);
    for (unsigned view = VTDM_USE; view <= VTDM_LOOK; view++) {
        VTDMRequest request = request_of(MACHINE_IOVA + 5, VTDM_READ);

        request.view = view;
        expect_hit(machine, request);
    }
    expect_hit(machine, request_of(MACHINE_IOVA, VTDM_ATOMIC));
    expect_hit(machine, request_of(0x401fffff, VTDM_WRITE));
    expect_hit(machine, request_of(0xbfffffff, VTDM_READ));
    expect_hit(machine, request_of(0xfed00000, VTDM_WRITE));
    machine_free(machine);
}

/* Whatever has more to be said. */
static void test_locked(void)
{
    VTDMConfig config;
    Machine *machine;
    VTDMRequest request = request_of(MACHINE_IOVA, VTDM_READ);

    vtdm_config_init(&config);
    config.dt = true;
    machine = machine_new_mapped(&config);
    machine_map(machine, 0x1000, 0x5000, 1, VTDM_SS_R);
    machine_map(machine, 0xfee00000, 0x5000, 1, RW);
    machine_expect(machine, 0x1000, 0x5000);
    expect_no_hit(machine, request_of(0x1000, VTDM_WRITE));
    expect_no_hit(machine, request_of(0x2000, VTDM_READ));
    expect_no_hit(machine, request_of(0xfee00000, VTDM_WRITE));
    request.view = VTDM_TABLES;
    expect_no_hit(machine, request);
    request.view = VTDM_USE;
    for (unsigned type = VTDM_AT_TRANSLATION; type <= VTDM_AT_RESERVED;
         type++) {
        request.type = type;
        expect_no_hit(machine, request);
    }
    request.type = VTDM_AT_UNTRANSLATED;
    request.pasid = 5;
    expect_no_hit(machine, request);
    machine_free(machine);
}

/* TES, the mode, and protected memory have a say. */
static void test_mode(void)
{
    VTDMRequest request = request_of(MACHINE_IOVA, VTDM_READ);
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.plmr = true;
    config.esrtps = false;
    machine = machine_new_mapped(&config);
    expect_hit(machine, request);
    machine_write32(machine, VTDM_REG_PMEN, VTDM_PMEN_EPM);
    expect_no_hit(machine, request);
    machine_write32(machine, VTDM_REG_PMEN, 0);
    expect_hit(machine, request);
    machine_command(machine, 0, VTDM_GCMD_TE);
    expect_no_hit(machine, request);
    machine_command(machine, VTDM_GCMD_TE, 0);
    expect_hit(machine, request);
    machine_set_root(machine, MACHINE_ROOT | vtdm_field(VTDM_RTADDR_TTM, 3));
    expect_no_hit(machine, request);
    machine_set_root(machine, MACHINE_ROOT);
    expect_hit(machine, request);
    vtdm_unit_reset(machine->unit, false);
    expect_no_hit(machine, request);
    machine_free(machine);
}

static VTDMRequest with_pasid(uint64_t address, VTDMAccess access)
{
    VTDMRequest request = request_of(address, access);

    request.pasid = MACHINE_PASID;
    return request;
}

static void test_pasid(void)
{
    Machine *machine = machine_new_scalable(NULL);
    VTDMRequest request = with_pasid(MACHINE_IOVA, VTDM_READ);

    expect_hit(machine, request);
    expect_hit(machine, with_pasid(MACHINE_IOVA, VTDM_WRITE));
    request.execute = true;
    expect_no_hit(machine, request);
    request.execute = false;
    request.pasid = VTDM_BIT(20);       /* more than there are bits */
    expect_no_hit(machine, request);
    request.pasid = VTDM_BIT(21) | MACHINE_PASID;
    expect_no_hit(machine, request);
    machine_free(machine);
}

/* A page that was only read has a dirty bit to set. */
static void test_clean(void)
{
    Machine *machine = machine_new_scalable(NULL);
    VTDMEntry512 entry;
    VTDMRequest request = with_pasid(MACHINE_IOVA, VTDM_WRITE);
    VTDMResult result;

    machine_map_first(machine, MACHINE_IOVA, MACHINE_PAGE, 1, FS_RW);
    entry = vtdm_make_pasid_first_stage(4, machine->fsptptr, MACHINE_DID);
    entry.words[1] |= VTDM_PASID_1_PWSNP;
    machine_set_pasid(machine, MACHINE_PASID, entry);
    expect_hit(machine, with_pasid(MACHINE_IOVA, VTDM_READ));
    g_assert_false(vtdm_hit(machine->unit, &request, &result));
    expect_hit(machine, request);
    machine_free(machine);
}

/* Hits are counted, wherever they were answered, and forgotten. */
static void test_statistics(void)
{
    Machine *machine = machine_new_mapped(NULL);
    VTDMRequest look = request_of(MACHINE_IOVA, VTDM_READ);
    VTDMStatistics statistics;

    vtdm_unit_forget_statistics(machine->unit);
    for (unsigned i = 0; i < 100; i++) {
        machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    }
    look.view = VTDM_LOOK;
    machine_request(machine, look);
    vtdm_unit_statistics(machine->unit, &statistics);
    g_assert_cmpuint(statistics.counts[VTDM_COUNT_IOMMU_REQUESTS], ==, 100);
    g_assert_cmpuint(statistics.counts[VTDM_COUNT_IOTLB_LOOKUP], ==, 100);
    g_assert_cmpuint(statistics.counts[VTDM_COUNT_IOTLB_HIT], ==, 99);
    vtdm_unit_forget_statistics(machine->unit);
    vtdm_unit_statistics(machine->unit, &statistics);
    g_assert_cmpuint(statistics.counts[VTDM_COUNT_IOTLB_HIT], ==, 0);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/hit/legacy", test_legacy);
    g_test_add_func("/vtdm/hit/locked", test_locked);
    g_test_add_func("/vtdm/hit/mode", test_mode);
    g_test_add_func("/vtdm/hit/pasid", test_pasid);
    g_test_add_func("/vtdm/hit/clean", test_clean);
    g_test_add_func("/vtdm/hit/statistics", test_statistics);
    return g_test_run();
}
