/*
 * frames INTERFACE COUNT: sends frames of random bytes to a peer that sends
 * each one back with its addresses exchanged, and compares. Prints how many
 * came back right; the first that does not ends it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>

#define OURS        0x88b5      /* an EtherType for experiments */
#define SECONDS     10          /* to wait for a frame */

static const unsigned char peer[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };
static const unsigned char self[ETH_ALEN] = { 2, 0, 0, 0, 0, 2 };

static void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static int open_interface(const char *name)
{
    int fd = socket(AF_PACKET, SOCK_RAW, htons(OURS));
    struct timeval patience = { .tv_sec = SECONDS };
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(OURS),
        .sll_ifindex = if_nametoindex(name),
    };

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
                   sizeof(patience))) {
        die(name);
    }
    return fd;
}

static size_t make_frame(unsigned char *frame)
{
    struct ether_header *header = (void *)frame;
    size_t len = ETH_ZLEN + random() % (ETH_FRAME_LEN - ETH_ZLEN);

    memcpy(header->ether_dhost, peer, ETH_ALEN);
    memcpy(header->ether_shost, self, ETH_ALEN);
    header->ether_type = htons(OURS);
    if (getrandom(header + 1, len - sizeof(*header), 0) < 0) {
        die("getrandom");
    }
    return len;
}

/* Frames that we sent ourselves are seen, too: they go to the peer. */
static size_t receive(int fd, unsigned char *frame)
{
    ssize_t len;

    do {
        len = recv(fd, frame, ETH_FRAME_LEN, 0);
        if (len < 0) {
            die("recv");
        }
    } while (memcmp(frame, self, ETH_ALEN));
    return len;
}

int main(int argc, char **argv)
{
    unsigned char sent[ETH_FRAME_LEN], got[ETH_FRAME_LEN];
    int fd = argc == 3 ? open_interface(argv[1]) : -1;
    int count = argc == 3 ? atoi(argv[2]) : 0;

    for (int i = 0; i < count; i++) {
        size_t len = make_frame(sent);

        if (send(fd, sent, len, 0) != (ssize_t)len) {
            die("send");
        }
        if (receive(fd, got) != len ||
            memcmp(got + 2 * ETH_ALEN, sent + 2 * ETH_ALEN,
                   len - 2 * ETH_ALEN)) {
            fprintf(stderr, "frame %d came back otherwise\n", i);
            return EXIT_FAILURE;
        }
        if (i + 1 == count) {
            printf("%d\n", count);
        }
    }
    return count ? EXIT_SUCCESS : EXIT_FAILURE;
}
