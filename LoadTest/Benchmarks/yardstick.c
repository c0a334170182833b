// A yardstick that never changes, so that figures of one machine and hour can be held against those of another. It does
// for a third of a second each what a purchase is made of, and prints how often a second:
//
//     round trips of 128 bytes between two threads over loopback
//     inserts of random keys into a table that the caches do not hold
//     appends of 8 kB to a file in the directory, each on the disk before the next
//
//     cc -O2 -pthread -o yardstick LoadTest/Benchmarks/yardstick.c && ./yardstick DIRECTORY

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE_BYTES = 128, PAGE_BYTES = 8192, SLOTS = 1 << 23 };

static const double seconds = 1.0 / 3;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static void check(int isRight, const char *what) {
    if (isRight) return;
    perror(what);
    exit(1);
}

static void pass(int socket, ssize_t (*move)(int, char *)) {
    char message[MESSAGE_BYTES] = {0};
    check(move(socket, message) == MESSAGE_BYTES, "yardstick: the connection broke");
}

static ssize_t sent(int socket, char *message) { return send(socket, message, MESSAGE_BYTES, 0); }
static ssize_t received(int socket, char *message) { return recv(socket, message, MESSAGE_BYTES, MSG_WAITALL); }

static void *echo(void *listener) {
    int socket = accept(*(int *)listener, NULL, NULL), one = 1;
    check(socket >= 0 && !setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), "yardstick: accept");
    char message[MESSAGE_BYTES];
    while (received(socket, message) == MESSAGE_BYTES) pass(socket, sent);
    close(socket);
    return NULL;
}

static double roundTrips(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    check(!bind(listener, (struct sockaddr *)&address, length) && !listen(listener, 1)
              && !getsockname(listener, (struct sockaddr *)&address, &length), "yardstick: listen");
    pthread_t thread;
    check(!pthread_create(&thread, NULL, echo, &listener), "yardstick: thread");
    check(!connect(client, (struct sockaddr *)&address, length)
              && !setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), "yardstick: connect");
    long count = 0;
    double start = now(), end = start;
    for (; end - start < seconds; end = now(), count++) {
        pass(client, sent);
        pass(client, received);
    }
    close(client);
    pthread_join(thread, NULL);
    close(listener);
    return count / (end - start);
}

static double inserts(void) {
    uint64_t *slots = calloc(SLOTS, sizeof *slots), key = 1;
    check(slots != NULL, "yardstick: memory");
    long count = 0;
    double start = now(), end = start;
    for (; end - start < seconds && count < SLOTS / 2; end = now()) {
        for (int each = 0; each < 1000; each++, count++) {
            key = key * 6364136223846793005u + 1442695040888963407u;
            uint64_t slot = key >> 41;
            while (slots[slot]) slot = (slot + 1) % SLOTS;
            slots[slot] = key;
        }
    }
    free(slots);
    return count / (end - start);
}

static double appends(const char *directory) {
    int file = open(directory, O_TMPFILE | O_RDWR, 0600);
    check(file >= 0, "yardstick: a file in the directory");
    char page[PAGE_BYTES] = {0};
    long count = 0;
    double start = now(), end = start;
    for (; end - start < seconds; end = now(), count++)
        check(write(file, page, PAGE_BYTES) == PAGE_BYTES && !fdatasync(file), "yardstick: append");
    close(file);
    return count / (end - start);
}

int main(int argumentCount, char **arguments) {
    if (argumentCount != 2) {
        fprintf(stderr, "yardstick: one argument, a directory\n");
        return 2;
    }
    double trips = roundTrips(), keys = inserts();
    printf("%.0f %.0f %.0f\n", trips, keys, appends(arguments[1]));
}
