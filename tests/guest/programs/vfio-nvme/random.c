/* SPDX-License-Identifier: GPL-2.0-or-later
 * The command `random`: maps, unmaps and transfers at random, beside a model
 * of the memory and the disk that all memory is compared with at each step.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "session.h"

enum {
    PAGES = 16,                 /* of memory, and of addresses on the bus */
    RUN = 4,                    /* pages of a mapping, at most */
    PER_PAGE = PAGE / NVME_BLOCK,
    BLOCKS = PAGES * PER_PAGE,
    NOTHING = -1,
};

/* What an address leads to: which page, whether the device may write there. */
struct slot {
    int page;
    int writable;
    int first;                  /* of its mapping */
    int count;
};

struct world {
    struct session session;
    uint64_t spare;             /* the disk's blocks are those from here on */
    uint64_t seed;
    uint8_t *memory;
    uint8_t model[PAGES * PAGE];
    uint8_t disk[BLOCKS * NVME_BLOCK];
    struct slot slots[PAGES];
};

/* From 0 to LIMIT - 1: an xorshift generator. */
static unsigned below(struct world *world, unsigned limit)
{
    world->seed ^= world->seed << 13;
    world->seed ^= world->seed >> 7;
    world->seed ^= world->seed << 17;
    return world->seed % limit;
}

static int free_slots(const struct world *world, int first)
{
    int count = 0;

    while (count < RUN && first + count < PAGES &&
           world->slots[first + count].page == NOTHING) {
        count++;
    }
    return count;
}

static void map(struct world *world, int first)
{
    int count = 1 + below(world, free_slots(world, first));
    int page = below(world, PAGES - count + 1);
    int writable = below(world, 4) != 0;

    for (int i = 0; i < count; i++) {
        world->slots[first + i] = (struct slot) {
            page + i, writable, first, count
        };
    }
    vfio_map(&world->session.vfio, world->memory + page * PAGE,
             BUFFER + first * PAGE, count * PAGE,
             writable ? VFIO_BOTH : VFIO_READ);
}

static void unmap(struct world *world, int any)
{
    struct slot old = world->slots[any];

    for (int i = 0; i < old.count; i++) {
        world->slots[old.first + i].page = NOTHING;
    }
    vfio_unmap(&world->session.vfio, BUFFER + old.first * PAGE,
               old.count * PAGE);
}

static void move(struct world *world, unsigned opcode, int block, int at,
                 int count)
{
    struct nvme_transfer transfer = {
        opcode, world->spare + block, BUFFER + at * NVME_BLOCK,
        count * NVME_BLOCK, 0
    };

    errno = 0;
    if (nvme_transfer(&world->session.nvme, &transfer)) {
        die("a transfer of one or two pages");
    }
}

/* The memory that a block's address leads to, in the model. */
static uint8_t *modelled(struct world *world, int at)
{
    int page = world->slots[at / PER_PAGE].page;

    return page == NOTHING ? NULL : world->model + page * PAGE +
                                    at % PER_PAGE * NVME_BLOCK;
}

/* What is not mapped for writes gets nothing. */
static void read_disk(struct world *world, int at, int count)
{
    int block = below(world, BLOCKS - count + 1);

    move(world, NVME_READ, block, at, count);
    for (int i = 0; i < count; i++) {
        uint8_t *to = modelled(world, at + i);

        if (to && world->slots[(at + i) / PER_PAGE].writable) {
            memcpy(to, world->disk + (block + i) * NVME_BLOCK, NVME_BLOCK);
        }
    }
}

/* Blocks of what is not mapped would be unknown, so they are left out. */
static void write_disk(struct world *world, int at, int count)
{
    int block = below(world, BLOCKS - count + 1);

    for (int i = 0; i < count; i++) {
        if (!modelled(world, at + i)) {
            return;
        }
    }
    move(world, NVME_WRITE, block, at, count);
    for (int i = 0; i < count; i++) {
        memcpy(world->disk + (block + i) * NVME_BLOCK,
               modelled(world, at + i), NVME_BLOCK);
    }
}

static void step(struct world *world)
{
    int slot = below(world, PAGES);
    int at = below(world, BLOCKS - PER_PAGE + 1);
    int count = 1 + below(world, PER_PAGE);

    switch (below(world, 4)) {
    case 0:
        if (world->slots[slot].page == NOTHING) {
            map(world, slot);
        } else {
            unmap(world, slot);
        }
        break;
    case 1:
        write_disk(world, at, count);
        break;
    default:
        read_disk(world, at, count);
        break;
    }
}

/* Memory of random bytes, and a disk that holds the same. */
static void fill(struct world *world)
{
    for (size_t i = 0; i < sizeof(world->model); i++) {
        world->memory[i] = below(world, 256);
    }
    memcpy(world->model, world->memory, sizeof(world->model));
    memcpy(world->disk, world->memory, sizeof(world->disk));
    vfio_map(&world->session.vfio, world->memory, BUFFER, PAGES * PAGE,
             VFIO_READ);
    for (int page = 0; page < PAGES; page++) {
        move(world, NVME_WRITE, page * PER_PAGE, page * PER_PAGE, PER_PAGE);
        world->slots[page].page = NOTHING;
    }
    vfio_unmap(&world->session.vfio, BUFFER, PAGES * PAGE);
}

void command_random(char **words)
{
    static struct world world;
    long steps = strtol(words[3], NULL, 0);

    world.spare = strtoull(words[1], NULL, 0);
    world.seed = strtoull(words[2], NULL, 0);
    world.memory = memory_new(sizeof(world.model));
    session_open(&world.session, words[0], 0);
    fill(&world);
    for (long done = 0; done < steps; done++) {
        step(&world);
        if (memcmp(world.memory, world.model, sizeof(world.model))) {
            say("random", "%ld steps of seed %s were right", done, words[2]);
            return;
        }
    }
    say("random", "%ld", steps);
    session_close(&world.session);
}
