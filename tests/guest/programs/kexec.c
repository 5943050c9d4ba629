/* SPDX-License-Identifier: GPL-2.0-or-later
 * kexec: boots another kernel from inside the guest, with no firmware between,
 * or keeps one ready for a panic.
 *
 *   kexec now|panic KERNEL INITRAMFS COMMAND-LINE
 */
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_file(const char *path)
{
    int fd = open(path, O_RDONLY);

    if (fd < 0) {
        perror(path);
        exit(2);
    }
    return fd;
}

static void load(char **argv, unsigned long flags)
{
    int kernel = open_file(argv[2]), initramfs = open_file(argv[3]);

    if (syscall(SYS_kexec_file_load, kernel, initramfs, strlen(argv[4]) + 1,
                argv[4], flags)) {
        perror("kexec: load");
        exit(1);
    }
}

static int start(void)
{
    syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
            LINUX_REBOOT_CMD_KEXEC, NULL);
    perror("kexec: start");
    return 1;
}

int main(int argc, char **argv)
{
    int now = argc == 5 && !strcmp(argv[1], "now");

    if (argc != 5 || (!now && strcmp(argv[1], "panic"))) {
        fputs("usage: kexec now|panic KERNEL INITRAMFS COMMAND-LINE\n",
              stderr);
        return 2;
    }
    load(argv, now ? 0 : KEXEC_FILE_ON_CRASH);
    return now ? start() : 0;
}
