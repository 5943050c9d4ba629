/*
 * iommufd nested|pasid|dirty DEVICE: has vtd-testdev, which vfio-pci must have,
 * do DMA through page tables that this program makes by way of iommufd.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdio.h>
#include <string.h>
#include "iommufd.h"

static const struct {
    const char *name;
    void (*try)(const char *device);
} shows[] = {
    { "nested", try_nested },
    { "pasid", try_pasid },
    { "dirty", try_dirty },
};

int main(int argc, char **argv)
{
    for (unsigned i = 0; argc == 3 && i < sizeof(shows) / sizeof(*shows); i++) {
        if (!strcmp(argv[1], shows[i].name)) {
            shows[i].try(argv[2]);
            return 0;
        }
    }
    fprintf(stderr, "usage: iommufd nested|pasid|dirty DEVICE\n");
    return 2;
}
