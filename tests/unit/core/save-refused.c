/*
 * Streams that no unit of this configuration has written: each is refused with
 * the reason, and nothing changes. What can be loaded, however odd, is safe.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/save.h"
#include "saved-machines.h"
#include "saved-unit.h"

#define DAMAGED ": the stream is damaged or made by something else: save the " \
                "machine again"

/* ---- refused ---- */

static GPtrArray *refuse(Machine *machine, const GByteArray *bytes)
{
    GPtrArray *problems = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GByteArray) before = vtdm_unit_save(machine->unit, true);
    g_autoptr(GByteArray) after = NULL;

    g_assert_false(vtdm_unit_load(machine->unit, bytes->data, bytes->len,
                                  problems));
    g_assert_false(vtdm_unit_load(machine->unit, bytes->data, bytes->len,
                                  NULL));
    g_assert_cmpuint(problems->len, >, 0);
    g_assert_cmpuint(problems->len, <=, VTDM_LOAD_PROBLEMS);
    after = vtdm_unit_save(machine->unit, true);
    g_assert_cmpmem(before->data, before->len, after->data, after->len);
    return problems;
}

static const char *line(GPtrArray *problems, guint i)
{
    g_assert_cmpuint(i, <, problems->len);
    return problems->pdata[i];
}

static void expect_refused(Machine *machine, const GByteArray *bytes,
                           const char *text)
{
    g_autoptr(GPtrArray) problems = refuse(machine, bytes);

    if (!strstr(line(problems, 0), text)) {
        g_error("\"%s\" has no \"%s\"", line(problems, 0), text);
    }
    g_assert_cmpuint(problems->len, ==, 1);
}

static GByteArray *edited(Machine *machine, const char *edits)
{
    g_autoptr(GByteArray) bytes = vtdm_unit_save(machine->unit, true);
    g_autoptr(SavedUnit) unit = saved_unit_parse(bytes);

    saved_unit_edit(unit, edits);
    return saved_unit_bytes(unit);
}

/* What is edited, and what of the one line about it. */
typedef struct Refusal {
    SavedKind kind;
    const char *edits;
    const char *text;
} Refusal;

/* The machines that are saved, as rows are short. */
#define LEGACY SAVED_LEGACY
#define PLAIN SAVED_PLAIN
#define SCALABLE SAVED_SCALABLE
#define MINIMAL SAVED_MINIMAL
#define SERVER SAVED_SERVER

#define SO "cannot be so in this unit"

/* A counter's registers: of a plain one with its filter, of a limited one. */
#define COUNTER "registers.2000:PERFCNTRCFG"
#define FILTER "registers.2008:PERFCNTR_RIDFLTR"
#define LIMITED "registers.3c00:PERFCNTRCFG"

static const Refusal registers[] = {
    { LEGACY, "registers.000:VER=0x20", "section registers, record 0: 000:VER "
      "is 0x20, whose bits 0x30 cannot be so in this unit" DAMAGED },
    { LEGACY, "registers.008:CAP=0", SO },
    { LEGACY, "registers.010:ECAP=1", SO },
    { LEGACY, "registers.018:GCMD=0x80000000", "GCMD never reads" },
    { LEGACY, "registers.01c:GSTS=1", SO },
    { PLAIN, "registers.01c:GSTS=0x02000000", SO },
    { LEGACY, "registers.020:RTADDR=0x8000000000", SO },
    { LEGACY, "registers.028:CCMD=0x400000000", SO },
    { LEGACY, "registers.034:FSTS=4", SO },
    { LEGACY, "registers.034:FSTS=0x802", "FSTS.FRI is beyond" },
    { LEGACY, "registers.034:FSTS=0", "FSTS.PPF is not what" },
    { PLAIN, "registers.034:FSTS=2", "FSTS.PPF is not what" },
    { LEGACY, "registers.038:FECTL=1", SO },
    { LEGACY, "registers.064:PMEN=2", SO },
    { LEGACY, "registers.080:IQH=8", SO },
    { LEGACY, "registers.080:IQH=16 registers.090:IQA=0x20800",
      "IQH is between two" },
    { LEGACY, "registers.0b0:IQERCD=0x10", SO },
    { LEGACY, "registers.600:FRCD[63:0]=1", SO },
    { LEGACY, "registers.608:FRCD[127:64]=0x10000", SO },
    { SCALABLE, "registers.0dc:PRS=4", SO },
    { SERVER, "registers.410:ECRSP=1", SO },
    { SERVER, COUNTER "=0x0000000100000101 " FILTER "=0x80000310",
      "no command has enabled such a counter" },
    { SERVER, COUNTER "=0x0000000000000001", "no command has enabled such" },
    { SERVER, COUNTER "=0x1000000000000001", SO },
    { SERVER, COUNTER "=0x0000000100000f01", "no command has enabled such" },
    { SERVER, LIMITED "=0x0000000100000305", "no command has enabled such" },
};

static const Refusal latched[] = {
    { LEGACY, "latched.gsts=1", SO },
    { PLAIN, "latched.gsts=0x02000000", SO },
    { LEGACY, "latched.root=0x800", SO },
    { LEGACY, "latched.root=0x8000000000", SO },
    { LEGACY, "latched.ttm=4", "ttm is 4, not 0 to 3" },
    { LEGACY, "latched.interrupts=0x800", SO },
    { PLAIN, "latched.interrupts=0x1000", SO },
    { LEGACY, "latched.interrupt-entries=3", "so many interrupt-entries" },
    { LEGACY, "latched.interrupt-entries=1", "so many interrupt-entries" },
    { PLAIN, "latched.interrupt-entries=2", "so many interrupt-entries" },
    { LEGACY, "latched.interrupt-entries=131072", "not 0 to 65536" },
    { LEGACY, "latched.eime=1", SO },
    { LEGACY, "latched.protects=0", "taken over such ranges" },
    { LEGACY, "latched.low-base=1", "taken over such ranges" },
    { LEGACY, "latched.low-limit=0x100000000", "taken over such ranges" },
    { LEGACY, "latched.low-limit=0", "taken over such ranges" },
    { LEGACY, "latched.high-base=0x8000000000", "taken over such ranges" },
    { PLAIN, "latched.protects=1", "taken over such ranges" },
    { LEGACY, "latched.next-record=8", "next-record is beyond" },
    { LEGACY, "latched.gsts=0", "GSTS is not gsts" },
    { LEGACY, "registers.064:PMEN=1", "PMEN does not say what protects" },
    { LEGACY, "registers.064:PMEN=0x80000000", "PMEN does not say what" },
    { LEGACY, "latched.fetching=2", "fetching is 2, not 0 to 1" },
};

#define WAIT "+wait wait.word0=0x25 "
#define GSTS "+completions completions.offset=0x1c "
#define ON "completions.clear=0xffffffff "

static const Refusal pending[] = {
    { LEGACY, "+wait wait.word0=0x21 latched.fetching=1", "no valid wait" },
    { LEGACY, WAIT "wait.word1=1 latched.fetching=1", "no valid wait" },
    { LEGACY, WAIT "wait.word3=1 latched.fetching=1", "no valid wait" },
    { LEGACY, WAIT "latched.gsts=0 registers.01c:GSTS=0 latched.fetching=1",
      "the queue is off" },
    { LEGACY, WAIT, "no device-TLB invalidation that it waits for" },
    { LEGACY, "+page-response", "has 1 records, not 0 to 0" },
    { SCALABLE, "+page-response page-response.pasid=0x100000",
      "no such pasid" },
    { SCALABLE, "+page-response page-response.group=512", "not 0 to 511" },
    { SCALABLE, "+page-response page-response.code=16", "not 0 to 15" },
    { LEGACY, "+completions", "completes later at this offset" },
    { LEGACY, GSTS, "never changes so" },
    { LEGACY, GSTS ON, "never changes so" },
    { LEGACY, GSTS "completions.clear=0xffffffffffffffff", "never changes" },
    { LEGACY, GSTS ON "completions.set=0xffffffff", "never changes so" },
    { LEGACY, GSTS ON "=completions", "record 1: record 0 is of the same" },
    { LEGACY, "+completions completions.offset=0x64 completions.clear=1",
      "never changes so" },
    { LEGACY, "+completions completions.offset=0x28 "
      "completions.clear=0x9800000000000000 completions.set=1",
      "never changes so" },
    { LEGACY, "+completions completions.offset=0x508 completions.set=1",
      "never changes so" },
    { LEGACY, "+completions completions.offset=0x500", "completes later" },
};

#define ASKED "+device-tlb-asked device-tlb-asked.source-id=0x310 "
#define UNSENT "+device-tlb-unsent device-tlb-unsent.mask=0xfff "

static const Refusal device_tlb[] = {
    { PLAIN, "+device-tlb-asked", "has 1 records, not 0 to 0" },
    { PLAIN, "+device-tlb-unsent", "has 1 records, not 0 to 0" },
    { LEGACY, ASKED "device-tlb-asked.itag=32", "itag is 32, not 0 to 31" },
    { LEGACY, ASKED "device-tlb-asked.age=3", "age is 3, not 0 to 2" },
    { LEGACY, ASKED "=device-tlb-asked", "record 1: record 0 is of the same" },
    { LEGACY, ASKED "+device-tlb-asked device-tlb-asked[1].itag=1 "
      "device-tlb-asked[1].age=1", "record 1: it is older than the one" },
    { LEGACY, "+device-tlb-unsent", "not those of a range" },
    { LEGACY, UNSENT "device-tlb-unsent.mask=0x2fff", "not those of a range" },
    { LEGACY, UNSENT "device-tlb-unsent.address=1", "not those of a range" },
    { LEGACY, UNSENT "device-tlb-unsent.pasid=1", "without PASID" },
    { LEGACY, UNSENT "device-tlb-unsent.all-pasids=1", "without PASID" },
    { LEGACY, UNSENT "device-tlb-unsent.with-pasid=1 "
      "device-tlb-unsent.all-pasids=1 device-tlb-unsent.pasid=1",
      "all PASIDs, and names one" },
    { LEGACY, UNSENT "device-tlb-unsent.pfsid=1", SO },
    { LEGACY, UNSENT ASKED, "another device is asked with its itag" },
};

static const Refusal contexts[] = {
    { LEGACY, "=contexts", "of the same" },
    { LEGACY, "contexts.levels=5", "refuses an entry with such a tt" },
    { LEGACY, "contexts.levels=2", "refuses an entry with such a tt" },
    { LEGACY, "contexts.levels=6", "not 0 to 5" },
    { LEGACY, "contexts.tt=3", "not 0 to 2" },
    { PLAIN, "contexts.tt=1", "refuses an entry with such a tt" },
    { MINIMAL, "contexts.scalable=0", "refuses an entry with such a tt" },
    { LEGACY, "contexts.ssptptr=0x800", "refuses an entry with such a tt" },
    { LEGACY, "contexts.ssptptr=0x8000000000", "refuses an entry with such" },
    { LEGACY, "contexts.entry-address=0x8000000000", SO },
    { PLAIN, "contexts.domain-id=0x100", SO },
    { LEGACY, "contexts.condition=21", "no such entry has this condition" },
    { LEGACY, "contexts.condition=6", "no such entry has this condition" },
    { PLAIN, "contexts.condition=6 contexts.domain-id=0", "caching-mode=on" },
    { SCALABLE, "contexts.condition=20", "caching-mode=on" },
    { LEGACY, "contexts.scalable=1", "without scalable-mode" },
    { MINIMAL, "contexts.dte=1", "an entry with such flags" },
    { MINIMAL, "contexts.paside=1", "an entry with such flags" },
    { MINIMAL, "contexts.pre=1", "an entry with such flags" },
    { MINIMAL, "contexts.rid-pasid=1", "an entry with such flags" },
    { MINIMAL, "contexts.rid-priv=1", "an entry with such flags" },
    { SCALABLE, "contexts.pasids=0x3000", "such a domain-id, pasids" },
    { SCALABLE, "contexts.pasids=0x1000", "such a domain-id, pasids" },
    { SCALABLE, "contexts.pasids=0x200000", "not 0 to 1048576" },
    { SCALABLE, "contexts.rid-pasid=0x10000", "such a domain-id, pasids" },
    { SCALABLE, "contexts.domain-id=1", "such a domain-id, pasids" },
    { SCALABLE, "contexts.dte=0", "such a domain-id, pasids" },
    { SCALABLE, "contexts.pasiddirptr=8", SO },
};

static const Refusal pasids[] = {
    { LEGACY, "+pasids", "has 1 records, not 0 to 0" },
    { SCALABLE, "=pasids", "of the same" },
    { SCALABLE, "pasids.pasid=0x100000", "not 0 to 1048575" },
    { SCALABLE, "pasids.pgtt=0", "such a pgtt, levels or fsptptr" },
    { SCALABLE, "pasids.pgtt=5", "such a pgtt, levels or fsptptr" },
    { MINIMAL, "pasids.pgtt=4", "such a pgtt, levels or fsptptr" },
    { SCALABLE, "pasids.ss-levels=5", "such a pgtt, levels or fsptptr" },
    { SCALABLE, "pasids.fs-levels=3", "such a pgtt, levels or fsptptr" },
    { SCALABLE, "pasids.fs-levels=6", "such a pgtt, levels or fsptptr" },
    { MINIMAL, "pasids.fs-levels=5", "such a pgtt, levels or fsptptr" },
    { SCALABLE, "pasids.ssptptr=1", SO },
    { SCALABLE, "pasids.entry-address=4", SO },
    { SERVER, "pasids.domain-id=0x100", SO },
    { SCALABLE, "pasids.fsptptr=1", SO },
    { SCALABLE, "pasids.condition=38", "caching-mode=on" },
    { MINIMAL, "pasids.ssade=1", "an entry with such flags" },
    { MINIMAL, "pasids.eafe=1", "an entry with such flags" },
    { MINIMAL, "pasids.pwsnp=1", "an entry with such flags" },
    { MINIMAL, "pasids.pgsnp=1", "an entry with such flags" },
    { MINIMAL, "pasids.sre=1", "an entry with such flags" },
    { MINIMAL, "pasids.wpe=1", "an entry with such flags" },
};

static const Refusal iotlb[] = {
    { LEGACY, "=iotlb", "of the same" },
    { PLAIN, "=iotlb iotlb[1].input=0", "record 1: it is beyond the "
      "iotlb-entries of the stream's unit" },
    { LEGACY, "iotlb.level=0", "not 1 to 3" },
    { LEGACY, "iotlb.level=4", "not 1 to 3" },
    { PLAIN, "iotlb.level=2 iotlb.input=0 iotlb.output=0", "no page with" },
    { PLAIN, "iotlb.level=3 iotlb.input=0 iotlb.output=0", "no page with" },
    { LEGACY, "iotlb.input=1", "no page with" },
    { LEGACY, "iotlb.input=0x1000000000000", "no page with" },
    { LEGACY, "iotlb.output=1", SO },
    { LEGACY, "iotlb.output=0x8000000000", SO },
    { LEGACY, "iotlb.level=2 iotlb.input=0", "no page with" },
    { LEGACY, "iotlb.pasid=5 iotlb.own-pasid=5", "such a pasid" },
    { LEGACY, "iotlb.own-pasid=5", "such a pasid" },
    { SCALABLE, "iotlb.own-pasid=5", "such a pasid" },
    { SCALABLE, "iotlb.pasid=0x100000", "such a pasid" },
    { SCALABLE, "iotlb.own-pasid=0x100000", "not 0 to 1048575" },
    { PLAIN, "iotlb.domain-id=0x100", SO },
    { LEGACY, "iotlb.first-stage=1", SO },
    { SCALABLE, "iotlb.first-stage=1 iotlb.input=0x100000000000000",
      "no page with" },
    { LEGACY, "iotlb.rid-priv=1", SO },
    { LEGACY, "iotlb.sre=1", SO },
    { LEGACY, "iotlb.snoop=1", SO },
    { LEGACY, "iotlb.perm=4", "not 0 to 3" },
    { LEGACY, "iotlb.supervisor-perm=4", "not 0 to 3" },
    { LEGACY, "iotlb.supervisor-perm=1", "do not agree" },
    { LEGACY, "iotlb.user-denied=1", "do not agree" },
    { LEGACY, "iotlb.stage=1", "do not agree" },
    { LEGACY, "iotlb.stage=0", "not 1 to 2" },
    { LEGACY, "iotlb.entry-address=4", SO },
    { LEGACY, "iotlb.condition=1", "no walk ends so" },
    { LEGACY, "iotlb.condition=11", "no walk ends so" },
    { LEGACY, "iotlb[1].output=0x1000", "no walk ends so" },
    { LEGACY, "iotlb[1].level=2 iotlb[1].input=0", "no walk ends so" },
    { LEGACY, "iotlb[1].condition=11 iotlb[1].supervisor-perm=1",
      "no walk ends so" },
    { PLAIN, "iotlb.condition=11", "caching-mode=on only" },
    { PLAIN, "iotlb.perm=0 iotlb.supervisor-perm=0", "caching-mode=on only" },
};

#define RANGE "+iotlb-range iotlb-range.scope=3 iotlb-range.level=1 " \
              "iotlb-range.mask=0x1fff "

static const Refusal ranges[] = {
    { LEGACY, RANGE "iotlb-range.scope=0", "scope and pasid are not those" },
    { LEGACY, RANGE "iotlb-range.pasid=1", "scope and pasid are not those" },
    { LEGACY, RANGE "iotlb-range.mask=0", "are not those of a range of" },
    { LEGACY, RANGE "iotlb-range.address=0x1000", "are not those of a range" },
    { LEGACY, RANGE "iotlb-range.next=0x2000", "next is outside" },
    { LEGACY, RANGE "iotlb-range.level=4", "not 1 to 3" },
    { PLAIN, RANGE "iotlb-range.domain-id=0x100", SO },
};

static const Refusal structures[] = {
    { LEGACY, "=structures", "of the same" },
    { LEGACY, "structures.stage=0", "not 1 to 2" },
    { LEGACY, "structures.stage=1", "has no such tables" },
    { LEGACY, "structures.pasid=1", "has no such tables" },
    { LEGACY, "structures.perm=8", "has no such tables" },
    { LEGACY, "structures.perm=4", SO },
    { LEGACY, "structures.perm=0", "not 1 to 255" },
    { LEGACY, "structures.level=5", "not 1 to 4" },
    { LEGACY, "structures.input=0x1000", "such an input and level" },
    { LEGACY, "structures.input=0x1000000000000", "such an input and level" },
    { SCALABLE, "structures.stage=1 structures.input=0x100000000000000",
      "such an input and level" },
    { LEGACY, "structures.address=8", SO },
    { LEGACY, "structures.address=0x8000000000", SO },
    { PLAIN, "structures.domain-id=0x100", SO },
};

static const Refusal irtes[] = {
    { LEGACY, "=interrupt-entries", "of the same" },
    { PLAIN, "+interrupt-entries", "has 1 records, not 0 to 0" },
    { SCALABLE, "interrupt-entries.low=0", "caching-mode=on only" },
};

static const Refusal form[] = {
    { LEGACY, "-registers", "section registers is not there" DAMAGED },
    { LEGACY, "-config", "section config is not there" DAMAGED },
    { LEGACY, "-latched", "section latched is not there" DAMAGED },
    { LEGACY, "~latched", "section latched has 0 records, not 1 to 1" },
    { LEGACY, "=latched", "section latched has 2 records, not 1 to 1" },
};

static const struct {
    const char *name;
    const Refusal *rows;
    size_t count;
} refusals[] = {
#define ROWS(name) { "/vtdm/save-refused/" #name, name, G_N_ELEMENTS(name) }
    ROWS(registers), ROWS(latched), ROWS(pending), ROWS(device_tlb),
    ROWS(contexts), ROWS(pasids), ROWS(iotlb), ROWS(ranges),
    ROWS(structures), ROWS(irtes), ROWS(form),
#undef ROWS
};

static void test_rows(gconstpointer opaque)
{
    size_t at = GPOINTER_TO_SIZE(opaque);

    for (size_t i = 0; i < refusals[at].count; i++) {
        const Refusal *row = &refusals[at].rows[i];
        Machine *machine = saved_machine_new(row->kind);
        g_autoptr(GByteArray) good = vtdm_unit_save(machine->unit, true);
        g_autoptr(GByteArray) bytes = edited(machine, row->edits);

        g_test_message("%s", row->edits);
        g_assert_true(vtdm_unit_load(machine->unit, good->data, good->len,
                                     NULL));
        expect_refused(machine, bytes, row->text);
        machine_free(machine);
    }
}

/* ---- other units, other versions ---- */

static void test_config(void)
{
    Machine *machine = saved_machine_new(SAVED_LEGACY);
    g_autoptr(GByteArray) bytes = vtdm_unit_save(machine->unit, true);
    g_autoptr(GPtrArray) problems = NULL;
    VTDMConfig config = machine->config;
    Machine *other;

    vtdm_config_set_width(&config, 57);
    config.cm = false;
    config.fault_records = 4;
    config.host_address_width = 46;
    config.iotlb_entries = 7;
    other = machine_new(&config);
    problems = refuse(other, bytes);
    g_assert_cmpuint(problems->len, ==, 4);     /* not of iotlb-entries */
    g_assert_cmpstr(line(problems, 0), ==,
                    "the stream's unit has host addresses of 39 bits, this one "
                    "of 46: start both with the same CPU and "
                    "host-address-width");
    g_assert_cmpstr(line(problems, 1), ==,
                    "the stream's unit has aw-bits=48, this one aw-bits=57: "
                    "start both with the same");
    g_assert_cmpstr(line(problems, 2), ==,
                    "the stream's unit has caching-mode=on, this one "
                    "caching-mode=off: start both with the same");
    machine_free(machine);
    machine_free(other);
}

/* At most 20 lines, however much is wrong. */
static void test_many(void)
{
    Machine *machine = saved_machine_new(SAVED_SCALABLE);
    g_autoptr(GByteArray) bytes = vtdm_unit_save(machine->unit, true);
    g_autoptr(GPtrArray) problems = NULL;
    Machine *other = machine_new(NULL);

    problems = refuse(other, bytes);
    g_assert_cmpuint(problems->len, >, 10);
    machine_free(machine);
    machine_free(other);
}

static void add_column(SavedSection *section, const char *name,
                       uint64_t number)
{
    SavedColumn column = { g_strdup(name), 4 };

    g_assert_cmpuint(saved_section_count(section), ==, 1);
    g_array_append_val(section->columns, column);
    g_array_append_val(section->numbers, number);
}

/* What a later version adds is skipped where it says nothing. */
static void test_later(void)
{
    static const char *const names[] = { "config", "registers", "latched" };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        Machine *machine = saved_machine_new(SAVED_LEGACY);
        g_autoptr(GByteArray) bytes = vtdm_unit_save(machine->unit, true);
        g_autoptr(SavedUnit) unit = saved_unit_parse(bytes);
        g_autoptr(GByteArray) without = NULL, with = NULL;

        add_column(saved_unit_section(unit, names[i]), "warp-drive", 0);
        without = saved_unit_bytes(unit);
        g_assert_true(vtdm_unit_load(machine->unit, without->data,
                                     without->len, NULL));
        *saved_unit_number(unit, names[i], 0, "warp-drive") = 7;
        with = saved_unit_bytes(unit);
        expect_refused(machine, with, "has warp-drive=7, twice or of a later");
        machine_free(machine);
    }
}

/* A capability that a stream does not know was off. */
static void test_earlier(void)
{
    Machine *machine = saved_machine_new(SAVED_LEGACY);
    g_autoptr(GByteArray) bytes = vtdm_unit_save(machine->unit, true);
    g_autoptr(SavedUnit) unit = saved_unit_parse(bytes);
    g_autoptr(GByteArray) good = NULL, bad = NULL;
    SavedSection *section = saved_unit_section(unit, "config");

    for (guint i = 0; i < section->columns->len; i++) {
        SavedColumn *column = &g_array_index(section->columns, SavedColumn, i);

        if (!strcmp(column->name, "mts")) {
            g_array_remove_index(section->columns, i);
            g_array_remove_index(section->numbers, i);
            break;
        }
    }
    good = saved_unit_bytes(unit);
    g_assert_true(vtdm_unit_load(machine->unit, good->data, good->len, NULL));
    for (guint i = 0; i < section->columns->len; i++) {
        SavedColumn *column = &g_array_index(section->columns, SavedColumn, i);

        if (!strcmp(column->name, "caching-mode")) {
            g_array_remove_index(section->columns, i);
            g_array_remove_index(section->numbers, i);
            break;
        }
    }
    bad = saved_unit_bytes(unit);
    expect_refused(machine, bad, "has caching-mode=off, this one "
                   "caching-mode=on");
    machine_free(machine);
}

static void test_sections(void)
{
    Machine *machine = saved_machine_new(SAVED_LEGACY);
    g_autoptr(GByteArray) bytes = vtdm_unit_save(machine->unit, true);
    g_autoptr(SavedUnit) unit = saved_unit_parse(bytes);
    g_autoptr(GByteArray) skipped = NULL, required = NULL, twice = NULL;
    SavedSection *section = saved_unit_section(unit, "structures");

    g_free(section->name);
    section->name = g_strdup("later-than-this");
    skipped = saved_unit_bytes(unit);
    g_assert_true(vtdm_unit_load(machine->unit, skipped->data, skipped->len,
                                 NULL));
    section->flags = 1;
    required = saved_unit_bytes(unit);
    expect_refused(machine, required, "section later-than-this is of a later "
                   "version of this device: load it with the version that "
                   "saved it");
    g_free(section->name);
    section->name = g_strdup("iotlb");
    twice = saved_unit_bytes(unit);
    expect_refused(machine, twice, "section iotlb is there twice");
    machine_free(machine);
}

static void test_columns(void)
{
    Machine *machine = saved_machine_new(SAVED_LEGACY);
    g_autoptr(GByteArray) bytes = vtdm_unit_save(machine->unit, true);
    g_autoptr(SavedUnit) unit = saved_unit_parse(bytes);
    g_autoptr(GByteArray) lacking = NULL, nameless = NULL, wide = NULL;
    SavedColumn *column = &g_array_index(
        saved_unit_section(unit, "latched")->columns, SavedColumn, 0);

    column->width = 9;
    wide = saved_unit_bytes(unit);
    expect_refused(machine, wide, "section latched has a column without a name "
                   "or a width");
    column->width = 4;
    column->name[0] = '\n';
    nameless = saved_unit_bytes(unit);
    expect_refused(machine, nameless, "has a column without a name");
    column->name[0] = 'g';
    *saved_unit_number(unit, "latched", 0, "gsts") = 0;
    column->name[0] = 'x';
    lacking = saved_unit_bytes(unit);
    expect_refused(machine, lacking, "section latched lacks column gsts"
                   DAMAGED);
    machine_free(machine);
}

/* ---- the frame ---- */

static void test_frame(void)
{
    static const struct {
        unsigned at;            /* a byte of the stream... */
        uint8_t value;
        bool sealed;            /* ... under its checksum, or not */
        const char *text;
    } rows[] = {
        { 0, 'X', true, "the stream does not begin as that of a unit does: it "
          "is of another device: give both machines the same devices" },
        { 8, 2, true, "the stream has form 2, this version of the device reads "
          "form 1: load it with the version that saved it" },
        { 19, 1, true, "it was cut" },
        { 40, 0xff, false, "has another checksum than it says: it was changed "
          "on its way: save the machine again" },
        { 20, 0, true, "a section has no name or goes beyond the end" },
        { 20, 200, true, "a section has no name or goes beyond the end" },
        { 35, 0xff, true, "a section has no name or goes beyond the end" },
    };
    Machine *machine = saved_machine_new(SAVED_LEGACY);

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GByteArray) bytes = vtdm_unit_save(machine->unit, true);

        bytes->data[rows[i].at] = rows[i].value;
        if (rows[i].sealed) {
            saved_unit_seal(bytes);
        }
        expect_refused(machine, bytes, rows[i].text);
    }
    machine_free(machine);
}

/* A section that ends where it would say how many records it has. */
static void test_short_section(void)
{
    Machine *machine = saved_machine_new(SAVED_LEGACY);
    g_autoptr(GByteArray) bytes = edited(machine, "~wait");
    g_autoptr(SavedUnit) unit = saved_unit_parse(bytes);
    g_autoptr(GByteArray) cut = NULL;

    while (strcmp(((SavedSection *)unit->sections->pdata[
                       unit->sections->len - 1])->name, "wait")) {
        g_ptr_array_remove_index(unit->sections, unit->sections->len - 1);
    }
    cut = saved_unit_bytes(unit);
    g_byte_array_remove_range(cut, cut->len - 12, 4);
    cut->data[12] -= 4;                         /* of all sections... */
    cut->data[cut->len - 8 - 30 - 8] -= 4;      /* ... and of this one */
    saved_unit_seal(cut);
    expect_refused(machine, cut, "section wait is not as long as it says");
    machine_free(machine);
}

/* Cut anywhere, with the checksum that it had or its own. */
static void test_cut(void)
{
    Machine *machine = saved_machine_new(SAVED_LEGACY);
    g_autoptr(GByteArray) bytes = vtdm_unit_save(machine->unit, true);

    for (size_t size = 0; size < bytes->len; size += 1 + size / 64) {
        g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
        g_autofree uint8_t *part = g_memdup2(bytes->data, size);

        g_assert_false(vtdm_unit_load(machine->unit, part, size, problems));
        g_assert_cmpuint(problems->len, ==, 1);
    }
    machine_free(machine);
}

/* ---- odd, and loaded or not ---- */

static void use(Machine *machine)
{
    machine->host.answer = VTDM_DEVICE_TLB_DONE;
    machine_dma(machine, MACHINE_IOVA, VTDM_WRITE);
    machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA, VTDM_READ);
    machine_interrupt(machine, MACHINE_SID, vtdm_make_msi_address(5, false),
                      0);
    vtdm_unit_device_tlb_expire(machine->unit);
    do {
        machine->host.asked = false;
        vtdm_unit_work(machine->unit);
    } while (machine->host.asked);
    machine_write32(machine, VTDM_REG_FSTS, UINT32_MAX);
    machine_submit(machine, vtdm_make_iotlb_invalidate(
                       VTDM_G_SELECTIVE, MACHINE_DID, MACHINE_IOVA, 0, false));
    machine_command(machine, VTDM_GCMD_SRTP, 0);
    g_byte_array_unref(vtdm_unit_save(machine->unit, true));
    vtdm_unit_reset(machine->unit, true);
}

/* Any byte is any other: that is refused, or does no harm. */
static void test_any_byte(gconstpointer opaque)
{
    Machine *from = saved_machine_new(GPOINTER_TO_UINT(opaque));
    Machine *machine = saved_machine_new(GPOINTER_TO_UINT(opaque));
    g_autoptr(GByteArray) bytes = vtdm_unit_save(from->unit, true);

    for (guint at = 20; at < bytes->len - 8;
         at += g_test_rand_int_range(1, 40)) {
        g_autoptr(GByteArray) odd = g_byte_array_new();

        g_byte_array_append(odd, bytes->data, bytes->len);
        odd->data[at] ^= 1 << g_test_rand_int_range(0, 8);
        saved_unit_seal(odd);
        if (vtdm_unit_load(machine->unit, odd->data, odd->len, NULL)) {
            use(machine);
        }
    }
    machine_free(from);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_test_add_data_func(refusals[i].name, GSIZE_TO_POINTER(i), test_rows);
    }
    g_test_add_func("/vtdm/save-refused/config", test_config);
    g_test_add_func("/vtdm/save-refused/many", test_many);
    g_test_add_func("/vtdm/save-refused/later", test_later);
    g_test_add_func("/vtdm/save-refused/earlier", test_earlier);
    g_test_add_func("/vtdm/save-refused/sections", test_sections);
    g_test_add_func("/vtdm/save-refused/columns", test_columns);
    g_test_add_func("/vtdm/save-refused/frame", test_frame);
    g_test_add_func("/vtdm/save-refused/short-section", test_short_section);
    g_test_add_func("/vtdm/save-refused/cut", test_cut);
    g_test_add_data_func("/vtdm/save-refused/any-byte/legacy",
                         GUINT_TO_POINTER(SAVED_LEGACY), test_any_byte);
    g_test_add_data_func("/vtdm/save-refused/any-byte/scalable",
                         GUINT_TO_POINTER(SAVED_SCALABLE), test_any_byte);
    g_test_add_data_func("/vtdm/save-refused/any-byte/server",
                         GUINT_TO_POINTER(SAVED_SERVER), test_any_byte);
    return g_test_run();
}
