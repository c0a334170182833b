// A server that does nothing, as fast as one thread can: the load generators are compared against it, and the service's
// cost of small answers and events. It answers every GET with a few bytes, and checkouts and purchases as the service
// does, with codes and items from the request. Listeners to events get one of the usual length four times a second.
//
//     cc -O2 -o trivial LoadTest/Benchmarks/trivial.c && ./trivial 18999

#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_MAX = 512, REQUESTS_BYTES_MAX = 65536, ANSWER_BYTES_MAX = 1024, ANSWERS_BYTES_MAX = 1 << 20 };
enum { LISTENERS_MAX = 32768, TICK_MS = 250 };

static int listeners[LISTENERS_MAX], listening;

static long long milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void tell(void) {
    static const char event[] =
        "event: items\ndata: {\"ITM-1-12345\":0}\n\n"
        "event: state\nid: 0123456789abcdef-1234\ndata: {\"phase\":\"open\",\"now\":\"2026-11-21T08:00:00.000Z\","
        "\"started_at\":\"2026-11-21T07:59:00.000Z\",\"ended_at\":\"2026-11-21T09:00:00.000Z\",\"paused\":null,"
        "\"free\":987655,\"held\":12345,\"sold\":0}\n\n";
    for (int index = 0; index < listening; index++) (void)!write(listeners[index], event, sizeof event - 1);
}

static void leave(int client) {
    for (int index = 0; index < listening; index++) {
        if (listeners[index] == client) listeners[index] = listeners[--listening];
    }
    close(client);
}

static int answer(const char *request, char *out) {
    char body[512];
    if (!strncmp(request, "GET /sales/active", 17) || !strncmp(request, "GET /sales/1 ", 13)) {
        // Enough units that no buyer is refused.
        strcpy(body, "{\"id\":\"1\",\"total_items\":1000000,\"stock_per_item\":1000000,"
                     "\"max_items_per_user\":10,\"items_sold\":0,\"active\":true}");
    } else if (!strncmp(request, "GET /sales/1/items", 18)) {
        strcpy(body, "[]");
    } else if (!strncmp(request, "POST /checkout", 14)) {
        const char *user = strstr(request, "user_id="), *item = strstr(request, "ITM-1-");
        char name[65] = "";
        if (user) sscanf(user + 8, "%64[^& ]", name);
        snprintf(body, sizeof body,
                 "{\"code\":\"CHK-1-%sx%d\",\"items_count\":1,\"sale_ends_at\":\"2099-01-01T00:00:00.000Z\","
                 "\"expires_at\":\"2099-01-01T00:00:00.000Z\"}",
                 name, item ? atoi(item + 6) : 0);
    } else if (!strncmp(request, "POST /purchase", 14) || !strncmp(request, "GET /orders/", 12)) {
        const char *code = strstr(request, "CHK-1-"), *item = code ? strchr(code, 'x') : NULL;
        snprintf(body, sizeof body,
                 "{\"success\":true,\"purchased_items\":[{\"id\":\"ITM-1-%d\",\"name\":\"n\",\"sold\":true}],"
                 "\"total_purchased\":1,\"failed_count\":0,\"order_id\":\"1\"}",
                 item ? atoi(item + 1) : 0);
    } else {
        strcpy(body, "hello");
    }
    return sprintf(out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                   strlen(body), body);
}

static void serve(int client) {
    static char in[REQUESTS_BYTES_MAX], out[ANSWERS_BYTES_MAX];
    ssize_t received = read(client, in, sizeof in - 1);
    if (received <= 0) {
        leave(client);
        return;
    }
    in[received] = 0;
    if (strstr(in, "/events ") && listening < LISTENERS_MAX) {
        static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
        if (write(client, head, sizeof head - 1) > 0) listeners[listening++] = client;
        return;
    }
    size_t length = 0;
    // The server does not join the parts of a request that came in two: load generators write theirs whole.
    for (char *request = in, *end; (end = strstr(request, "\r\n\r\n")); request = end + 4) {
        *end = 0;
        if (length + ANSWER_BYTES_MAX < sizeof out) length += (size_t)answer(request, out + length);
    }
    if (length > 0 && write(client, out, length) < 0) close(client);
}

int main(int count, char **arguments) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((unsigned short)(count > 1 ? atoi(arguments[1]) : 18999)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 4096) < 0) {
        perror("trivial");
        return 1;
    }
    int poll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[EVENTS_MAX];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (long long due = 0;;) {
        long long wait = listening ? due - milliseconds() : -1;
        int ready = epoll_wait(poll, events, EVENTS_MAX, listening && wait < 0 ? 0 : (int)wait);
        if (listening && milliseconds() >= due) {
            tell();
            due = milliseconds() + TICK_MS;
        }
        for (int index = 0; index < ready; index++) {
            if (events[index].data.fd != listener) {
                serve(events[index].data.fd);
                continue;
            }
            for (int client; (client = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
                setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                event = (struct epoll_event){.events = EPOLLIN, .data.fd = client};
                epoll_ctl(poll, EPOLL_CTL_ADD, client, &event);
            }
        }
    }
}
