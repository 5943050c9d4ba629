/*
 * What a module meets in a QEMU that it does not fit: the version that
 * OTHER_VERSION says, and types that have one byte.
 * Build with -rdynamic.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct triple { int64_t major, minor, micro; };
struct version { struct triple *qemu; char *package; };
struct type { const char *name; size_t class_size, instance_size; };
struct object_class { struct type *type; };

enum { BLOCK = 1, FUNCTIONS = 32 };

static void (*functions[FUNCTIONS])(void);
static int registered;

struct version *qmp_query_version(void *errp)
{
    static struct triple triple;
    static struct version version = { &triple, "" };

    sscanf(getenv("OTHER_VERSION"), "%ld.%ld.%ld", &triple.major,
           &triple.minor, &triple.micro);
    return &version;
}

void qapi_free_VersionInfo(struct version *version)
{
}

void register_module_init(void (*function)(void), int stage)
{
    if (stage == BLOCK && registered < FUNCTIONS) {
        functions[registered++] = function;
    }
}

struct object_class *object_class_by_name(const char *name)
{
    static struct type type;
    static struct object_class class = { &type };

    type = (struct type) { name, 1, 1 };
    return &class;
}

int main(void)
{
    for (int i = 0; i < registered; i++) {
        functions[i]();
    }
    return EXIT_SUCCESS;
}
