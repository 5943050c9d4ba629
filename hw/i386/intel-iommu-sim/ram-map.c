/*
 * Where guest RAM is in the memory of QEMU. A listener makes a new list with
 * each change of the machine's memory; who reads has the old one or the new
 * one. A list holds the regions that it names, until no RCU reader is left that
 * has it: the memory core lets go of them before it tells of the change.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "qemu/rcu.h"
#include "ram-map.h"

/* A piece of the machine's address space that is RAM. */
typedef struct Piece {
    hwaddr first;
    hwaddr last;
    uint8_t *host;
    MemoryRegion *region;
    hwaddr offset;              /* of the first byte, in the region */
    bool readonly;
} Piece;

struct VTDMRamMap {
    struct rcu_head rcu;
    size_t count;
    Piece pieces[];             /* by address */
};

static void begin(MemoryListener *listener)
{
    VTDMDevice *device = container_of(listener, VTDMDevice, ram_listener);

    g_array_set_size(device->ram_pieces, 0);
    device->ram_changes = false;
}

/* Anything else than RAM is not for here; a device's may need its lock. */
static void add(MemoryListener *listener, MemoryRegionSection *section)
{
    VTDMDevice *device = container_of(listener, VTDMDevice, ram_listener);
    Piece piece = {
        .first = section->offset_within_address_space,
        .last = section->offset_within_address_space +
                int128_get64(int128_sub(section->size, int128_one())),
        .region = section->mr,
        .offset = section->offset_within_region,
        .readonly = section->readonly || section->mr->readonly,
    };

    device->ram_changes = true;
    if (memory_region_is_ram(section->mr) &&
        !memory_region_is_ram_device(section->mr)) {
        piece.host = (uint8_t *)memory_region_get_ram_ptr(section->mr) +
                     section->offset_within_region;
        g_array_append_val(device->ram_pieces, piece);
    }
}

static void del(MemoryListener *listener, MemoryRegionSection *section)
{
    container_of(listener, VTDMDevice, ram_listener)->ram_changes = true;
}

static gint by_address(gconstpointer a, gconstpointer b)
{
    hwaddr left = ((const Piece *)a)->first;
    hwaddr right = ((const Piece *)b)->first;

    return (left > right) - (left < right);
}

static void map_free(VTDMRamMap *map)
{
    for (size_t i = 0; i < map->count; i++) {
        memory_region_unref(map->pieces[i].region);
    }
    g_free(map);
}

static VTDMRamMap *map_new(const GArray *pieces)
{
    size_t size = pieces->len * sizeof(Piece);
    VTDMRamMap *map = g_malloc(sizeof(*map) + size);

    map->count = pieces->len;
    memcpy(map->pieces, pieces->data, size);
    for (size_t i = 0; i < map->count; i++) {
        memory_region_ref(map->pieces[i].region);
    }
    return map;
}

/* Where the memory core said nothing, nothing has changed. */
static void commit(MemoryListener *listener)
{
    VTDMDevice *device = container_of(listener, VTDMDevice, ram_listener);
    VTDMRamMap *old;

    if (!device->ram_changes) {
        return;
    }
    g_array_sort(device->ram_pieces, by_address);
    old = qatomic_xchg(&device->ram_map, map_new(device->ram_pieces));
    if (old) {
        call_rcu(old, map_free, rcu);
    }
}

void vtdm_ram_map_init(VTDMDevice *device)
{
    device->ram_pieces = g_array_new(false, false, sizeof(Piece));
    device->ram_listener = (MemoryListener) {
        .name = "vtdm-ram",
        .begin = begin,
        .region_add = add,
        .region_nop = add,
        .region_del = del,
        .commit = commit,
    };
    memory_listener_register(&device->ram_listener, &address_space_memory);
}

/* The last piece that begins at @address or below. */
static size_t search(const VTDMRamMap *map, uint64_t address)
{
    size_t low = 0, high = map->count;

    while (high - low > 1) {
        size_t middle = (low + high) / 2;

        if (map->pieces[middle].first <= address) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool has(const Piece *piece, uint64_t address)
{
    return address >= piece->first && address <= piece->last;
}

/*
 * Tables of a unit are mostly in one piece, of whichever map: it is the number
 * that is kept, and that may be changed by several threads.
 */
static const Piece *find_piece(VTDMDeviceUnit *unit, const VTDMRamMap *map,
                               uint64_t address)
{
    size_t at = qatomic_read(&unit->ram_piece);

    if (at >= map->count || !has(&map->pieces[at], address)) {
        at = search(map, address);
        qatomic_set(&unit->ram_piece, at);
    }
    return &map->pieces[at];
}

/* The piece that all of the bytes are in, or NULL. */
static const Piece *find(VTDMDeviceUnit *unit, uint64_t address, size_t len,
                         bool is_write)
{
    const VTDMRamMap *map = qatomic_rcu_read(&unit->device->ram_map);
    const Piece *piece;

    if (!map || !map->count) {
        return NULL;
    }
    piece = find_piece(unit, map, address);
    if (!has(piece, address) || piece->last - address < len - 1 ||
        (is_write && piece->readonly)) {
        return NULL;
    }
    return piece;
}

uint8_t *vtdm_ram_map_find(VTDMDeviceUnit *unit, uint64_t address,
                           size_t len, bool is_write)
{
    const Piece *piece = find(unit, address, len, is_write);

    return piece ? piece->host + (address - piece->first) : NULL;
}

bool vtdm_ram_map_write(VTDMDeviceUnit *unit, uint64_t address,
                        const void *buf, size_t len)
{
    const Piece *piece = find(unit, address, len, true);
    hwaddr offset;

    if (!piece || memory_region_get_dirty_log_mask(piece->region) &
                  (1 << DIRTY_MEMORY_CODE)) {
        return false;
    }
    offset = address - piece->first;
    memcpy(piece->host + offset, buf, len);
    memory_region_set_dirty(piece->region, piece->offset + offset, len);
    return true;
}
