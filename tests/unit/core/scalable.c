/*
 * Scalable mode: the way of a request to its answer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "core/pasid-cache.h"
#include "core/unit.h"
#include "machine.h"

#define RW (VTDM_SS_R | VTDM_SS_W)

static void expect(const VTDMResult *result, uint64_t output)
{
    g_assert_cmpstr(vtdm_condition_info(result->fault.condition)->name, ==,
                    "none");
    g_assert_cmpuint(result->response, ==, VTDM_OK);
    g_assert_cmphex(result->address, ==, output);
}

/* Spec: "Scalable Mode Address Translation": the halves of a bus */
static void test_index(void)
{
    static const uint16_t sources[] = {
        0x0000, 0x0007, 0x007f, 0x0080, 0x00ff, 0x0100, 0x7f80, 0xffff,
    };
    Machine *machine = machine_new_scalable(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        uint64_t directory = vtdm_tables_page(&machine->tables);

        vtdm_tables_scalable_context(
            &machine->tables, MACHINE_ROOT, sources[i],
            vtdm_make_scalable_context(0, 0, directory, 0x200 + i));
        vtdm_tables_pasid(&machine->tables, directory, 0x200 + i,
                          vtdm_make_pasid_pass_through(10 + i));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        VTDMRequest request = {
            .address = MACHINE_IOVA, .pasid = VTDM_NO_PASID,
            .source_id = sources[i],
        };
        VTDMResult result = machine_request(machine, request);

        expect(&result, MACHINE_IOVA);
        g_assert_true(result.has_domain);
        g_assert_cmpuint(result.domain_id, ==, 10 + i);
        request.source_id ^= 2;
        result = machine_request(machine, request);
        g_assert_cmpuint(result.fault.condition, ==, VTDM_SCT_2);
    }
    machine_free(machine);
}

/* PGTT is each PASID's own; without PASID RID_PASID decides. */
static void test_types_side_by_side(void)
{
    Machine *machine = machine_new_scalable(NULL);
    VTDMResult result;

    machine_expect(machine, MACHINE_IOVA + 0x123, MACHINE_IOVA + 0x123);
    result = machine_dma_with_pasid(machine, MACHINE_PASID,
                                    MACHINE_IOVA + 0x123, VTDM_WRITE);
    expect(&result, MACHINE_PAGE + 0x123);
    g_assert_true(result.translated);
    g_assert_cmpuint(result.domain_id, ==, MACHINE_DID);
    g_assert_cmpuint(result.perm, ==, VTDM_PERM_R | VTDM_PERM_W);
    machine_free(machine);
}

/* Spec: "IOTLB": what is cached needs no table any more */
static void test_iotlb(void)
{
    Machine *machine = machine_new_scalable(NULL);
    VTDMResult result;

    machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA, VTDM_READ);
    machine->host.reads = 0;
    result = machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA + 8,
                                    VTDM_WRITE);
    expect(&result, MACHINE_PAGE + 8);
    g_assert_cmpuint(machine->host.reads, ==, 0);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/scalable/index", test_index);
    g_test_add_func("/vtdm/scalable/types-side-by-side",
                    test_types_side_by_side);
    g_test_add_func("/vtdm/scalable/iotlb", test_iotlb);
    return g_test_run();
}
