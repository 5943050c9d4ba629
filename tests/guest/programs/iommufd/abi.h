/* SPDX-License-Identifier: GPL-2.0-or-later
 * What is used here of /dev/iommu and of VFIO's files for single devices; the
 * headers of Debian's libraries are older than both.
 */
#ifndef IOMMUFD_ABI_H
#define IOMMUFD_ABI_H

#include <stdint.h>
#include <linux/vfio.h>

#define ASK_IOMMU(number)   _IO(';', number)
#define ASK_VFIO(number)    _IO(VFIO_TYPE, VFIO_BASE + (number))

enum {
    IOAS_ALLOC = ASK_IOMMU(0x81),
    IOAS_MAP = ASK_IOMMU(0x85),
    IOAS_UNMAP = ASK_IOMMU(0x86),
    HWPT_ALLOC = ASK_IOMMU(0x89),
    GET_HARDWARE = ASK_IOMMU(0x8a),
    HWPT_TRACK_DIRTY = ASK_IOMMU(0x8b),
    HWPT_READ_DIRTY = ASK_IOMMU(0x8c),
    HWPT_INVALIDATE = ASK_IOMMU(0x8d),
    DEVICE_BIND = ASK_VFIO(18),
    DEVICE_ATTACH = ASK_VFIO(19),
    DEVICE_DETACH = ASK_VFIO(20),
};

struct ioas_alloc {
    uint32_t size, flags, ioas;
};

enum { MAP_AT_IOVA = 1, MAP_WRITE = 2, MAP_READ = 4 };

struct ioas_map {
    uint32_t size, flags, ioas, zero;
    uint64_t memory, length, iova;
};

struct ioas_unmap {
    uint32_t size, ioas;
    uint64_t iova, length;
};

enum { HWPT_NEST_PARENT = 1, HWPT_DIRTY = 2, HWPT_PASID = 8 };
enum { DATA_NONE = 0, DATA_VTD_FIRST_STAGE = 1 };

struct hwpt_alloc {
    uint32_t size, flags, device, parent, hwpt, zero;
    uint32_t data_type, data_length;
    uint64_t data;
    uint32_t fault, zero2;
};

struct vtd_first_stage {
    uint64_t flags, table;
    uint32_t width, zero;
};

struct get_hardware {
    uint32_t size, flags, device, data_length;
    uint64_t data;
    uint32_t data_type;
    uint8_t pasid_bits, zero[3];
    uint64_t capabilities;
};

struct vtd_hardware {
    uint32_t flags, zero;
    uint64_t cap, ecap;
};

struct hwpt_track_dirty {
    uint32_t size, on, hwpt, zero;
};

struct hwpt_read_dirty {
    uint32_t size, hwpt, flags, zero;
    uint64_t iova, length, page, bitmap;
};

struct hwpt_invalidate {
    uint32_t size, hwpt;
    uint64_t entries;
    uint32_t type, entry_length, count, zero;
};

enum { INVALIDATE_LEAF = 1 };

struct vtd_invalidation {
    uint64_t address, pages;
    uint32_t flags, result;
};

struct device_bind {
    uint32_t size, flags;
    int32_t iommufd;
    uint32_t device;
    uint64_t token;
};

enum { FOR_PASID = 1 };

struct device_attach {
    uint32_t size, flags, target, pasid;
};

struct device_detach {
    uint32_t size, flags, pasid;
};

#endif
