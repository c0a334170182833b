// A server that does nothing, as fast as one thread can: the load generators are compared against it. It answers every
// GET with a few bytes, and checkouts and purchases as the service does, with codes and items from the request.
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
#include <unistd.h>

enum { EVENTS_MAX = 512, REQUESTS_BYTES_MAX = 65536, ANSWER_BYTES_MAX = 1024, ANSWERS_BYTES_MAX = 1 << 20 };

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
        close(client);
        return;
    }
    in[received] = 0;
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
    for (;;) {
        int ready = epoll_wait(poll, events, EVENTS_MAX, -1);
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
