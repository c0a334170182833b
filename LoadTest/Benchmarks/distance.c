// A line to a store that is far away: passes bytes between clients and a port, each a fixed time later, both ways.
//
//     distance LISTEN_PORT TARGET_PORT MICROSECONDS
//
// One thread, loopback only. It ends with SIGTERM.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

// What was read at once, on its way.
struct piece {
    struct piece *next;
    long long due;
    size_t size, sent;
    char bytes[];
};

// One end of a connection. What is read here is sent to the other end.
struct end {
    int fd;
    struct end *other;
    // On the way to this end, in order.
    struct piece *first, **last;
    int is_closing;
};

enum { events_max = 256, read_max = 1 << 16 };

static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static struct sockaddr_in loopback(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static struct end *new_end(int fd) {
    struct end *end = calloc(1, sizeof *end);
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    end->fd = fd;
    end->last = &end->first;
    return end;
}

// Sends what is due. Returns when the next piece is, or 0 if none waits.
static long long send_due(struct end *end) {
    while (end->first && end->first->due <= now()) {
        struct piece *piece = end->first;
        ssize_t sent = send(end->fd, piece->bytes + piece->sent, piece->size - piece->sent, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) return now() + 1000000;
        if (sent < 0) sent = piece->size - piece->sent;
        piece->sent += sent;
        if (piece->sent < piece->size) continue;
        end->first = piece->next;
        if (!end->first) end->last = &end->first;
        free(piece);
    }
    if (!end->first && end->is_closing) shutdown(end->fd, SHUT_WR), end->is_closing = 0;
    return end->first ? end->first->due : 0;
}

int main(int count, char **words) {
    if (count != 4) return fprintf(stderr, "distance LISTEN_PORT TARGET_PORT MICROSECONDS\n"), 64;
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1, epoll = epoll_create1(0);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct sockaddr_in here = loopback(atoi(words[1])), there = loopback(atoi(words[2]));
    long long delay = atoll(words[3]) * 1000;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 64)) die("distance");
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    event.data.ptr = &timer;
    epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event);

    struct end *ends[4096];
    int ends_count = 0;
    static char buffer[read_max];
    for (;;) {
        struct epoll_event ready[events_max];
        int n = epoll_wait(epoll, ready, events_max, -1);
        for (int i = 0; i < n; i++) {
            void *which = ready[i].data.ptr;
            if (which == &timer) {
                unsigned long long rung;
                (void)!read(timer, &rung, sizeof rung);
            } else if (which == &listener) {
                int client = accept(listener, NULL, NULL), server = socket(AF_INET, SOCK_STREAM, 0);
                if (client < 0) continue;
                if (ends_count > 4094 || connect(server, (struct sockaddr *)&there, sizeof there)) {
                    close(client), close(server);
                    continue;
                }
                struct end *pair[2] = {new_end(client), new_end(server)};
                for (int k = 0; k < 2; k++) {
                    pair[k]->other = pair[1 - k];
                    ends[ends_count++] = pair[k];
                    fcntl(pair[k]->fd, F_SETFL, O_NONBLOCK);
                    event.data.ptr = pair[k];
                    epoll_ctl(epoll, EPOLL_CTL_ADD, pair[k]->fd, &event);
                }
            } else {
                struct end *end = which;
                ssize_t size = read(end->fd, buffer, read_max);
                if (size < 0 && errno == EAGAIN) continue;
                if (size <= 0) {
                    epoll_ctl(epoll, EPOLL_CTL_DEL, end->fd, NULL);
                    end->other->is_closing = 1;
                    continue;
                }
                struct piece *piece = malloc(sizeof *piece + size);
                *piece = (struct piece){.due = now() + delay, .size = size};
                memcpy(piece->bytes, buffer, size);
                *end->other->last = piece;
                end->other->last = &piece->next;
            }
        }
        long long next = 0;
        for (int i = 0; i < ends_count; i++) {
            long long due = send_due(ends[i]);
            if (due && (!next || due < next)) next = due;
        }
        struct itimerspec alarm = {0};
        if (next) alarm.it_value = (struct timespec){next / 1000000000, next % 1000000000};
        timerfd_settime(timer, TFD_TIMER_ABSTIME, &alarm, NULL);
    }
}
