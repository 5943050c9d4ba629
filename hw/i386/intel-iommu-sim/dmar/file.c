/*
 * Reads a file that should hold a DMAR table: no more of it than the largest
 * table needs, and nothing that could make the reader wait.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format.h"
#include "hw/i386/vtdm/dmar-file.h"

static void set_errno(char **error)
{
    *error = g_strdup(errno == EAGAIN ? "there is nothing to read in it"
                                      : g_strerror(errno));
}

static const char *kind_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return "a folder";
    case S_IFIFO:
        return "a FIFO";
    case S_IFSOCK:
        return "a socket";
    default:
        return "a device";
    }
}

static bool check_kind(int fd, char **error)
{
    struct stat info;

    if (fstat(fd, &info)) {
        set_errno(error);
        return false;
    }
    if (!S_ISREG(info.st_mode)) {
        *error = g_strdup_printf("it is %s, expected a regular file, such as "
                                 "a copy of /sys/firmware/acpi/tables/DMAR",
                                 kind_of(info.st_mode));
        return false;
    }
    return true;
}

GByteArray *vtdm_dmar_stream_read(int fd, char **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    uint8_t chunk[4096];
    ssize_t n;

    while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
        if (n < 0 && errno != EINTR) {
            set_errno(error);
            return NULL;
        }
        g_byte_array_append(bytes, chunk, MAX(n, 0));
        if (bytes->len > VTDM_DMAR_FILE_MAX) {
            *error = g_strdup_printf("it has more than %u bytes, expected a "
                                     "DMAR table", VTDM_DMAR_FILE_MAX);
            return NULL;
        }
    }
    return vtdm_dmar_decode(g_steal_pointer(&bytes), error);
}

GByteArray *vtdm_dmar_file_read(const char *path, char **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    GByteArray *table = NULL;

    if (fd < 0) {
        set_errno(error);
        return NULL;
    }
    if (check_kind(fd, error)) {
        table = vtdm_dmar_stream_read(fd, error);
    }
    close(fd);
    return table;
}
