/*
 * Pages in order, in blocks.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "page-list.h"

#define BLOCK_PAGES             128

typedef struct Block {
    unsigned count;
    VTDMPage pages[BLOCK_PAGES];
} Block;

void vtdm_page_list_init(VTDMPageList *list)
{
    list->blocks = g_ptr_array_new_with_free_func(g_free);
    list->count = 0;
}

void vtdm_page_list_destroy(VTDMPageList *list)
{
    g_ptr_array_free(list->blocks, true);
}

static Block *block_at(const VTDMPageList *list, unsigned i)
{
    return i < list->blocks->len ? g_ptr_array_index(list->blocks, i) : NULL;
}

static Block *add_block(VTDMPageList *list, unsigned i)
{
    Block *block = g_new(Block, 1);

    block->count = 0;
    g_ptr_array_insert(list->blocks, i, block);
    return block;
}

/* Pages do not overlap, so their ends are in the order of their starts. */
static bool ends_before(const VTDMPage *page, uint64_t address)
{
    return vtdm_page_last(page) < address;
}

static unsigned find_block(const VTDMPageList *list, uint64_t address)
{
    unsigned low = 0, high = list->blocks->len;

    while (low < high) {
        unsigned middle = (low + high) / 2;
        const Block *block = block_at(list, middle);

        if (ends_before(&block->pages[block->count - 1], address)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static unsigned find_in_block(const Block *block, uint64_t address)
{
    unsigned low = 0, high = block->count - 1;  /* the last is late enough */

    while (low < high) {
        unsigned middle = (low + high) / 2;

        if (ends_before(&block->pages[middle], address)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

VTDMPagePlace vtdm_page_list_find(const VTDMPageList *list, uint64_t address)
{
    VTDMPagePlace place = { find_block(list, address), 0 };
    const Block *block = block_at(list, place.block);

    if (block) {
        place.index = find_in_block(block, address);
    }
    return place;
}

VTDMPage *vtdm_page_list_at(const VTDMPageList *list, VTDMPagePlace place)
{
    Block *block = block_at(list, place.block);

    return block ? &block->pages[place.index] : NULL;
}

/* The end of a block is the start of the next. */
static VTDMPagePlace settle(const VTDMPageList *list, VTDMPagePlace place)
{
    if (place.index == block_at(list, place.block)->count) {
        place = (VTDMPagePlace) { place.block + 1, 0 };
    }
    return place;
}

VTDMPagePlace vtdm_page_list_next(const VTDMPageList *list, VTDMPagePlace place)
{
    place.index++;
    return settle(list, place);
}

/* Moves the pages from @from on to the end of another block. */
static void move_pages(Block *to, Block *block, unsigned from)
{
    memcpy(&to->pages[to->count], &block->pages[from],
           (block->count - from) * sizeof(*block->pages));
    to->count += block->count - from;
    block->count = from;
}

/* Makes room in the full block of @place, which moves with its page. */
static VTDMPagePlace split(VTDMPageList *list, VTDMPagePlace place)
{
    Block *block = block_at(list, place.block);

    move_pages(add_block(list, place.block + 1), block, BLOCK_PAGES / 2);
    if (place.index > block->count) {
        place.block++;
        place.index -= block->count;
    }
    return place;
}

/* What comes behind all others fills the last block. */
static VTDMPagePlace make_room(VTDMPageList *list, VTDMPagePlace place)
{
    const Block *block;

    if (place.block == list->blocks->len) {
        block = place.block ? block_at(list, place.block - 1) : NULL;
        if (block && block->count < BLOCK_PAGES) {
            return (VTDMPagePlace) { place.block - 1, block->count };
        }
        add_block(list, place.block);
        return place;
    }
    block = block_at(list, place.block);
    return block->count < BLOCK_PAGES ? place : split(list, place);
}

VTDMPagePlace vtdm_page_list_insert(VTDMPageList *list, VTDMPagePlace place,
                                    const VTDMPage *page)
{
    Block *block;
    VTDMPage *room;

    place = make_room(list, place);
    block = block_at(list, place.block);
    room = &block->pages[place.index];
    memmove(room + 1, room, (block->count - place.index) * sizeof(*room));
    *room = *page;
    block->count++;
    list->count++;
    return vtdm_page_list_next(list, place);
}

static bool fit_together(const Block *block, const Block *next)
{
    return block && next && block->count + next->count <= BLOCK_PAGES / 2;
}

/* Joins the block of @place, which moves with its page, with one beside it. */
static VTDMPagePlace join(VTDMPageList *list, VTDMPagePlace place)
{
    Block *block = block_at(list, place.block);
    Block *next = block_at(list, place.block + 1);
    Block *previous = place.block ? block_at(list, place.block - 1) : NULL;

    if (fit_together(block, next)) {
        move_pages(block, next, 0);
        g_ptr_array_remove_index(list->blocks, place.block + 1);
    } else if (fit_together(previous, block)) {
        place.index += previous->count;
        move_pages(previous, block, 0);
        g_ptr_array_remove_index(list->blocks, place.block--);
    }
    return place;
}

VTDMPagePlace vtdm_page_list_remove(VTDMPageList *list, VTDMPagePlace place)
{
    Block *block = block_at(list, place.block);
    VTDMPage *page = &block->pages[place.index];

    block->count--;
    list->count--;
    memmove(page, page + 1, (block->count - place.index) * sizeof(*page));
    if (!block->count) {
        g_ptr_array_remove_index(list->blocks, place.block);
        return place;
    }
    return settle(list, join(list, place));
}
