/* SPDX-License-Identifier: GPL-2.0-or-later
 * What a device may reach: the commands that map, unmap and let the device
 * go where it must not. A block that was read or written is said in
 * hexadecimal; `kept` is 1 where no other byte of the mapped memory changed.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "session.h"

enum {
    OUTSIDE = 0xdead0000,       /* nothing is mapped from here on */
    WINDOW = 3 * PAGE,          /* a buffer's page between two others */
    AT = PAGE + 1024,           /* a block in it */
    LEFT = BUFFER - PAGE,       /* mapped by a program that is gone */
    VECTOR = 1,
    PATIENCE = 600 * 1000,
};

/* The huge page is beyond 32 bits, the last address beyond any table. */
static const uint64_t huge_address = 1ULL << 38;
static const uint64_t beyond_all = 1ULL << 60;

/* Mapped memory, and what it held. */
struct window {
    uint8_t *memory;
    uint8_t held[WINDOW];
};

static void window_new(struct window *window, uint8_t fill)
{
    window->memory = memory_new(WINDOW);
    memset(window->memory, fill, WINDOW);
    for (int i = 0; i < NVME_BLOCK; i++) {
        window->memory[AT + i] = fill ^ i ^ i >> 8;
    }
    memcpy(window->held, window->memory, WINDOW);
}

/* Whether only the block of the buffer changed; what it holds, from now on. */
static int only_block_changed(struct window *window)
{
    memcpy(window->held + AT, window->memory + AT, NVME_BLOCK);
    return !memcmp(window->held, window->memory, WINDOW);
}

static int nothing_changed(const struct window *window)
{
    return !memcmp(window->held, window->memory, WINDOW);
}

static void window_map(const struct session *session, struct window *window,
                       unsigned flags)
{
    vfio_map(&session->vfio, window->memory, BUFFER - PAGE, WINDOW, flags);
}

static void window_unmap(const struct session *session)
{
    vfio_unmap(&session->vfio, BUFFER - PAGE, WINDOW);
}

static void say_block(const char *name, const uint8_t *memory)
{
    char text[2 * NVME_BLOCK + 1];

    for (int i = 0; i < NVME_BLOCK; i++) {
        sprintf(text + 2 * i, "%02x", memory[i]);
    }
    say(name, "%s", text);
}

static unsigned move_block(struct session *session, unsigned opcode,
                           uint64_t block, uint64_t address)
{
    struct nvme_transfer transfer = { opcode, block, address, NVME_BLOCK, 0 };

    return nvme_transfer(&session->nvme, &transfer);
}

static unsigned buffer_block(struct session *session, unsigned opcode,
                             uint64_t block)
{
    return move_block(session, opcode, block, BUFFER + AT - PAGE);
}

static void exactly_there(struct session *session, uint64_t spare)
{
    struct window window;

    window_new(&window, 0x11);
    window_map(session, &window, VFIO_BOTH);
    say("read-status", "%u", buffer_block(session, NVME_READ, 1));
    say("read-kept", "%d", only_block_changed(&window));
    say_block("read", window.memory + AT);
    window_unmap(session);

    window_new(&window, 0x22);
    window_map(session, &window, VFIO_READ);
    say("write-status", "%u", buffer_block(session, NVME_WRITE, spare));
    say("write-kept", "%d", nothing_changed(&window));
    say_block("write", window.memory + AT);
    buffer_block(session, NVME_READ, 1);
    say("read-only-kept", "%d", nothing_changed(&window));
    window_unmap(session);
}

static void size_of_disk(struct session *session)
{
    uint64_t *identity = memory_new(PAGE);
    unsigned status;

    vfio_map(&session->vfio, identity, BUFFER, PAGE, VFIO_BOTH);
    status = nvme_identify(&session->nvme, BUFFER);
    vfio_unmap(&session->vfio, BUFFER, PAGE);
    say("identify", "%u %llu", status, (unsigned long long)identity[0]);
}

static void outside(struct session *session, uint64_t spare)
{
    struct nvme_transfer by_list = {
        NVME_READ, 1, BUFFER, 3 * PAGE, OUTSIDE + 2 * PAGE
    };
    struct window window;

    window_new(&window, 0x33);
    window_map(session, &window, VFIO_BOTH);
    move_block(session, NVME_READ, 1, beyond_all);
    move_block(session, NVME_READ, 1, OUTSIDE);
    move_block(session, NVME_WRITE, spare + 1, OUTSIDE + PAGE);
    say("outside-list-status", "%u", nvme_transfer(&session->nvme, &by_list));
    say("outside-kept", "%d", nothing_changed(&window));
    window_unmap(session);
}

static void unmapped(struct session *session)
{
    struct window first, second;

    window_new(&first, 0x44);
    window_new(&second, 0x55);
    window_map(session, &first, VFIO_BOTH);
    buffer_block(session, NVME_READ, 1);
    say("mapped-kept", "%d", only_block_changed(&first));
    say_block("mapped", first.memory + AT);

    window_unmap(session);
    buffer_block(session, NVME_READ, 3);
    say("unmapped-kept", "%d", nothing_changed(&first));

    window_map(session, &second, VFIO_BOTH);
    buffer_block(session, NVME_READ, 3);
    say("mapped-again-kept", "%d",
        only_block_changed(&second) && nothing_changed(&first));
    say_block("mapped-again", second.memory + AT);
    window_unmap(session);
}

void command_isolation(char **words)
{
    uint64_t spare = strtoull(words[1], NULL, 0);
    struct session session;

    session_open(&session, words[0], 0);
    size_of_disk(&session);
    exactly_there(&session, spare);
    outside(&session, spare);
    unmapped(&session);
    session_close(&session);
}

/* Two devices see different memory at the same addresses. */
void command_neighbours(char **words)
{
    struct session ours, other;
    struct window window, others;

    session_open(&ours, words[0], 0);
    session_open(&other, words[1], 0);
    window_new(&window, 0x66);
    window_new(&others, 0x77);
    window_map(&ours, &window, VFIO_BOTH);
    window_map(&other, &others, VFIO_BOTH);

    buffer_block(&ours, NVME_READ, 1);
    say("ours-kept", "%d",
        only_block_changed(&window) && nothing_changed(&others));
    say_block("ours", window.memory + AT);
    buffer_block(&other, NVME_READ, 1);
    say("other-kept", "%d",
        only_block_changed(&others) && nothing_changed(&window));
    say_block("other", others.memory + AT);

    window_unmap(&other);
    buffer_block(&ours, NVME_READ, 3);
    say("ours-alone-kept", "%d",
        only_block_changed(&window) && nothing_changed(&others));
    say_block("ours-alone", window.memory + AT);
    session_close(&other);
    session_close(&ours);
}

/* Two devices in one container see the same, and lose it together. */
void command_shared(char **words)
{
    struct session ours, other;
    struct window window;

    session_open(&ours, words[0], 0);
    session_join(&other, words[1], &ours);
    window_new(&window, 0xaa);
    window_map(&ours, &window, VFIO_BOTH);
    buffer_block(&ours, NVME_READ, 3);
    say("shared-ours-kept", "%d", only_block_changed(&window));
    say_block("shared-ours", window.memory + AT);
    buffer_block(&other, NVME_READ, 3);
    say("shared-other-kept", "%d", only_block_changed(&window));
    say_block("shared-other", window.memory + AT);

    window_unmap(&other);
    buffer_block(&ours, NVME_READ, 1);
    buffer_block(&other, NVME_READ, 1);
    say("unshared-kept", "%d", nothing_changed(&window));
    session_close(&other);
    session_close(&ours);
}

/* A block at the end of a huge page. */
void command_huge(char **words)
{
    uint8_t *memory = memory_new(HUGE_PAGE);
    struct session session;

    session_open(&session, words[0], 0);
    vfio_map(&session.vfio, memory, huge_address, HUGE_PAGE, VFIO_BOTH);
    say("huge-status", "%u",
        move_block(&session, NVME_READ, 1,
                   huge_address + HUGE_PAGE - NVME_BLOCK));
    say_block("huge", memory + HUGE_PAGE - NVME_BLOCK);
    session_close(&session);
}

/* A completion tells of itself. */
void command_interrupt(char **words)
{
    struct session session;
    struct window window;
    uint64_t count = 0;
    struct pollfd told = { .events = POLLIN };

    session_open(&session, words[0], VECTOR);
    told.fd = session.interrupts;
    window_new(&window, 0x88);
    window_map(&session, &window, VFIO_BOTH);
    buffer_block(&session, NVME_READ, 1);
    if (poll(&told, 1, PATIENCE) == 1 &&
        read(told.fd, &count, sizeof(count)) < 0) {
        die("eventfd");
    }
    say("interrupts", "%llu", (unsigned long long)count);
    session_close(&session);
}

/* End with a running device and mapped memory. */
void command_leave(char **words)
{
    struct session session;
    struct window window;

    session_open(&session, words[0], 0);
    window_new(&window, 0x99);
    window_map(&session, &window, VFIO_BOTH);
    say("left-status", "%u", move_block(&session, NVME_READ, 1, LEFT));
}

/* The device is as after a reset, and sees nothing of what was mapped. */
void command_return(char **words)
{
    struct session session;
    struct vfio vfio;

    vfio_open(&vfio, words[0], NULL);
    say("running", "%u", nvme_is_enabled(vfio.bar));
    vfio_close(&vfio);
    session_open(&session, words[0], 0);
    move_block(&session, NVME_READ, 3, LEFT);
    session_close(&session);
}
