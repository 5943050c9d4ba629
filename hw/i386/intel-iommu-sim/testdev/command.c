/*
 * vtd-testdev: running commands. Each opcode is a row.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/vtdm/spec/bits.h"
#include "hw/pci/msix.h"
#include "qemu/bswap.h"
#include "command.h"
#include "config-space.h"
#include "dma.h"
#include "pages.h"

#define PAGE_SIZE               0x1000ull

/* What every command may say; the rest depends on its opcode. */
#define FLAGS_ALWAYS            (VTD_TESTDEV_OPCODE | \
                                 VTD_TESTDEV_INTERRUPT | VTD_TESTDEV_VECTOR)
#define FLAGS_PASID             (VTD_TESTDEV_WITH_PASID | VTD_TESTDEV_PASID)
#define FLAGS_REQUEST           (FLAGS_PASID | VTD_TESTDEV_PRIVILEGED | \
                                 VTD_TESTDEV_EXECUTE | \
                                 VTD_TESTDEV_AS_REQUESTER)
#define FLAGS_DMA               (FLAGS_REQUEST | VTD_TESTDEV_ADDRESS_TYPE | \
                                 VTD_TESTDEV_REQUEST_PAGES | \
                                 VTD_TESTDEV_NO_WRITE)
#define FLAGS_TRANSLATE         (FLAGS_REQUEST | VTD_TESTDEV_NO_WRITE)
#define FLAGS_PAGE              (FLAGS_REQUEST | VTD_TESTDEV_WANT_READ | \
                                 VTD_TESTDEV_WANT_WRITE | VTD_TESTDEV_LAST)

static void *buffer_of(VTDTCommand *command)
{
    return command->device->bytes + command->words.offset;
}

static unsigned run_nop(VTDTCommand *command)
{
    return VTD_TESTDEV_OK;
}

/* The part of a transfer that comes next stays within a page. */
static VTDTPiece next_piece(VTDTCommand *command, VTDMAccess access,
                            uint64_t address)
{
    uint64_t at = address + command->bytes;

    return (VTDTPiece) {
        .access = access,
        .address = at,
        .data = (uint8_t *)buffer_of(command) + command->bytes,
        .length = MIN(command->words.length - command->bytes,
                      PAGE_SIZE - at % PAGE_SIZE),
    };
}

/* Goes on where it stopped; a length of 0 is one request, too. */
static unsigned transfer(VTDTCommand *command, VTDMAccess access,
                         uint64_t address)
{
    do {
        VTDTPiece piece = next_piece(command, access, address);
        unsigned status = vtdt_dma(command, &piece);

        if (status != VTD_TESTDEV_OK || !command->running) {
            return status;
        }
        command->asked = 0;
        command->bytes += piece.length;
    } while (command->bytes < command->words.length);
    return VTD_TESTDEV_OK;
}

static unsigned run_read(VTDTCommand *command)
{
    unsigned status = transfer(command, VTDM_READ, command->words.address);

    if (status == VTD_TESTDEV_OK) {
        command->words.result = 0;
        memcpy(&command->words.result, buffer_of(command),
               MIN(command->words.length, sizeof(command->words.result)));
        command->words.result = le64_to_cpu(command->words.result);
    }
    return status;
}

static unsigned run_write(VTDTCommand *command)
{
    return transfer(command, VTDM_WRITE, command->words.address);
}

/* The buffer keeps what was read. */
static unsigned run_copy(VTDTCommand *command)
{
    if (!command->second) {
        unsigned status = transfer(command, VTDM_READ,
                                   command->words.address);

        if (status != VTD_TESTDEV_OK) {
            return status;
        }
        command->second = true;
        command->bytes = 0;
    }
    return transfer(command, VTDM_WRITE, command->words.operand);
}

/* One request with the operand as its data, within a page. */
static unsigned one_request(VTDTCommand *command, VTDMAccess access)
{
    uint64_t data = cpu_to_le64(command->words.operand);
    VTDTPiece piece = {
        .access = access,
        .address = command->words.address,
        .data = &data,
        .length = command->words.length,
    };
    unsigned status;

    if (piece.address % PAGE_SIZE + piece.length > PAGE_SIZE) {
        return VTD_TESTDEV_BAD_COMMAND;
    }
    status = vtdt_dma(command, &piece);
    if (status == VTD_TESTDEV_OK) {
        command->bytes = piece.length;
        command->words.result = le64_to_cpu(data);
    }
    return status;
}

static unsigned run_store(VTDTCommand *command)
{
    if (!command->words.length || command->words.length > 8) {
        return VTD_TESTDEV_BAD_COMMAND;
    }
    return one_request(command, VTDM_WRITE);
}

static unsigned run_fetch_add(VTDTCommand *command)
{
    uint64_t length = command->words.length;

    if ((length != 4 && length != 8) || command->words.address % length) {
        return VTD_TESTDEV_BAD_COMMAND;
    }
    if (length == 4) {
        command->words.operand = (uint32_t)command->words.operand;
    }
    return one_request(command, VTDM_ATOMIC);
}

static void send_message(VTDTDevice *device, unsigned vector)
{
    if (msix_enabled(PCI_DEVICE(device))) {
        vtdt_count(device, VTDT_INTERRUPTS);
    }
    msix_notify(PCI_DEVICE(device), vector);
}

static unsigned run_msi(VTDTCommand *command)
{
    if (command->words.operand >= VTD_TESTDEV_VECTORS) {
        return VTD_TESTDEV_BAD_COMMAND;
    }
    send_message(command->device, command->words.operand);
    return VTD_TESTDEV_OK;
}

/* As it is on the link: the size is in the address. */
static uint64_t completion_of(const VTDMResult *result)
{
    uint64_t address = result->address & ~result->mask;
    bool large = result->mask >= PAGE_SIZE;

    return address | (large ? (result->mask >> 1) & ~(PAGE_SIZE - 1) : 0) |
           (large ? VTD_TESTDEV_COMPLETION_S : 0) |
           (result->perm & VTDM_PERM_R ? VTD_TESTDEV_COMPLETION_R : 0) |
           (result->perm & VTDM_PERM_W ? VTD_TESTDEV_COMPLETION_W : 0) |
           (result->perm & VTDM_PERM_X ? VTD_TESTDEV_COMPLETION_EXE : 0) |
           (result->untranslated_only ? VTD_TESTDEV_COMPLETION_U : 0) |
           (result->privileged ? VTD_TESTDEV_COMPLETION_PRIV : 0) |
           (result->snoop ? VTD_TESTDEV_COMPLETION_N : 0);
}

static unsigned run_translate(VTDTCommand *command)
{
    VTDMResult completion;
    unsigned status = vtdt_translate(command, command->words.address,
                                     &completion);

    if (status == VTD_TESTDEV_OK) {
        command->words.result = completion_of(&completion);
    }
    return status;
}

typedef struct Opcode {
    const char *name;           /* NULL: there is none */
    unsigned (*run)(VTDTCommand *command);
    uint64_t flags;             /* that it knows, beside FLAGS_ALWAYS */
    bool buffer;                /* its bytes are in the buffer */
    bool ats;                   /* it needs ATS */
} Opcode;

static const Opcode opcodes[] = {
    [VTD_TESTDEV_NOP] = { "nop", run_nop },
    [VTD_TESTDEV_READ] = { "read", run_read, FLAGS_DMA, .buffer = true },
    [VTD_TESTDEV_WRITE] = { "write", run_write, FLAGS_DMA, .buffer = true },
    [VTD_TESTDEV_STORE] = { "store", run_store, FLAGS_DMA },
    [VTD_TESTDEV_FETCH_ADD] = { "fetch-add", run_fetch_add, FLAGS_DMA },
    [VTD_TESTDEV_COPY] = { "copy", run_copy, FLAGS_DMA, .buffer = true },
    [VTD_TESTDEV_MSI] = { "msi", run_msi },
    [VTD_TESTDEV_TRANSLATE] = { "translate", run_translate, FLAGS_TRANSLATE,
                                .ats = true },
    [VTD_TESTDEV_PAGE_REQUEST] = { "page-request", vtdt_page_request,
                                   FLAGS_PAGE },
    [VTD_TESTDEV_STOP_MARKER] = { "stop-marker", vtdt_stop_marker,
                                  FLAGS_PASID },
};

const char *vtdt_opcode_name(unsigned opcode)
{
    return opcode < ARRAY_SIZE(opcodes) ? opcodes[opcode].name : NULL;
}

const char *vtdt_status_name(unsigned status)
{
    static const char *const names[] = {
        [VTD_TESTDEV_PENDING] = "pending",
        [VTD_TESTDEV_OK] = "ok",
        [VTD_TESTDEV_UR] = "ur",
        [VTD_TESTDEV_CA] = "ca",
        [VTD_TESTDEV_NO_MEMORY] = "no-memory",
        [VTD_TESTDEV_NOT_GRANTED] = "not-granted",
        [VTD_TESTDEV_PAGE_INVALID] = "page-invalid",
        [VTD_TESTDEV_PAGE_FAILURE] = "page-failure",
        [VTD_TESTDEV_BAD_COMMAND] = "bad-command",
        [VTD_TESTDEV_BAD_RANGE] = "bad-range",
        [VTD_TESTDEV_DISABLED] = "disabled",
        [VTD_TESTDEV_NOT_HERE] = "not-here",
        [VTD_TESTDEV_NOT_MALICIOUS] = "not-malicious",
        [VTD_TESTDEV_CANCELLED] = "cancelled",
    };

    return status < ARRAY_SIZE(names) ? names[status] : NULL;
}

static const Opcode *opcode_of(const VTDTCommand *command)
{
    unsigned index = command->words.control & VTD_TESTDEV_OPCODE;

    return vtdt_opcode_name(index) ? &opcodes[index] : NULL;
}

static unsigned check_flags(uint64_t control, uint64_t known)
{
    uint64_t type = control & VTD_TESTDEV_ADDRESS_TYPE;
    uint64_t of_pasid = VTD_TESTDEV_PRIVILEGED | VTD_TESTDEV_EXECUTE |
                        VTD_TESTDEV_PASID;
    uint64_t of_tlb = VTD_TESTDEV_REQUEST_PAGES;

    if ((control & ~known & ~FLAGS_ALWAYS) ||
        type == VTD_TESTDEV_ADDRESS_TYPE ||
        (control & of_pasid && !(control & VTD_TESTDEV_WITH_PASID)) ||
        (control & of_tlb && type != VTD_TESTDEV_THROUGH_TLB)) {
        return VTD_TESTDEV_BAD_COMMAND;
    }
    return VTD_TESTDEV_OK;
}

static bool is_malicious(uint64_t control)
{
    return control & VTD_TESTDEV_AS_REQUESTER ||
           (control & VTD_TESTDEV_ADDRESS_TYPE) ==
           VTD_TESTDEV_CLAIM_TRANSLATED;
}

static bool fits_buffer(const struct vtd_testdev_command *words)
{
    return words->length <= VTD_TESTDEV_BUFFER_SIZE &&
           words->offset <= VTD_TESTDEV_BUFFER_SIZE - words->length;
}

/* What software has not enabled in configuration space is not sent. */
static bool is_enabled(VTDTDevice *device, const Opcode *opcode,
                       uint64_t control)
{
    bool through_tlb = (control & VTD_TESTDEV_ADDRESS_TYPE) ==
                       VTD_TESTDEV_THROUGH_TLB;

    return (!opcode->flags || vtdt_has_bus_master(device)) &&
           (!(opcode->ats || through_tlb) || vtdt_has_ats(device)) &&
           vtdt_has_modes(device, control);
}

/* What a command may be, whatever software has enabled. */
static unsigned check_words(const VTDTCommand *command)
{
    const Opcode *opcode = opcode_of(command);
    uint64_t control = command->words.control;

    if (!opcode ||
        check_flags(control, opcode->flags) != VTD_TESTDEV_OK) {
        return VTD_TESTDEV_BAD_COMMAND;
    }
    if (is_malicious(control) && !command->device->kind.malicious) {
        return VTD_TESTDEV_NOT_MALICIOUS;
    }
    return opcode->buffer && !fits_buffer(&command->words)
               ? VTD_TESTDEV_BAD_RANGE : VTD_TESTDEV_OK;
}

static unsigned check(const VTDTCommand *command)
{
    unsigned status = check_words(command);

    if (status == VTD_TESTDEV_OK &&
        !is_enabled(command->device, opcode_of(command),
                    command->words.control)) {
        return VTD_TESTDEV_DISABLED;
    }
    return status;
}

static void end(VTDTCommand *command, unsigned status)
{
    VTDTDevice *device = command->device;
    uint64_t control = command->words.control;

    command->running = false;
    command->words.status = status | command->reason << 8 |
                            command->bytes << 32;
    vtdt_count(device, status == VTD_TESTDEV_OK ? VTDT_DONE : VTDT_FAILED);
    command->ended(command);
    if (control & VTD_TESTDEV_INTERRUPT && status != VTD_TESTDEV_CANCELLED) {
        send_message(device, vtdm_get(control, VTD_TESTDEV_VECTOR));
    }
}

/* A DMA may reach whatever resets the device: the command has ended then. */
static void go_on(VTDTCommand *command)
{
    unsigned status = opcode_of(command)->run(command);

    if (command->running && status != VTD_TESTDEV_PENDING) {
        end(command, status);
    }
}

void vtdt_command_run(VTDTCommand *command)
{
    unsigned status = check(command);

    command->running = true;
    command->second = false;
    command->bytes = 0;
    command->asked = 0;
    command->reason = 0;
    command->words.status = VTD_TESTDEV_PENDING;
    command->words.result = 0;
    if (status == VTD_TESTDEV_OK) {
        go_on(command);
    } else {
        end(command, status);
    }
}

/* PAGE_REQUEST ends with the response; a DMA tries again. */
void vtdt_command_resume(VTDTCommand *command, unsigned status)
{
    if (status != VTD_TESTDEV_OK ||
        opcode_of(command)->run == vtdt_page_request) {
        end(command, status);
    } else {
        go_on(command);
    }
}

void vtdt_command_cancel(VTDTCommand *command)
{
    if (command->running) {
        vtdt_pages_abandon(command);
        end(command, VTD_TESTDEV_CANCELLED);
    }
}

unsigned vtdt_command_status(const VTDTCommand *command)
{
    return command->words.status & VTD_TESTDEV_STATUS;
}

bool vtdt_command_can_run(const VTDTCommand *command)
{
    return check_words(command) == VTD_TESTDEV_OK &&
           command->bytes <= command->words.length;
}
