/* A chat-completions server that is never the bottleneck: one thread, epoll, one fixed reply after a fixed latency.
 *
 *     cc -O2 -o mock_server mock_server.c && ./mock_server REPLY_FILE LATENCY_MS     prints its port, then serves
 *
 * Every POST gets the bytes of REPLY_FILE as JSON. GET answers with what was seen so far:
 * {"requests": .., "peak": .., "connections": ..}; peak is the most requests that lay here at once.
 * Needs Content-Length (no chunked bodies), no TLS, 127.0.0.1 only. mock_server.py is the same for machines without cc.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST_FILES 65536
#define EVENTS 1024

typedef struct {
    char *data;
    size_t size, room;
    unsigned life; /* counts the connections that had this number, so that a late reply finds the right one */
    int waiting;   /* requests of this connection that lie here */
} Connection;

typedef struct {
    int fd;
    unsigned life;
    double due;
} Reply;

static Connection connections[MOST_FILES];
static Reply *queue; /* a ring: with one latency for all, replies are due in the order of the requests */
static size_t queue_room = 1 << 16, queue_head, queue_size;
static char *reply;
static size_t reply_size;
static double latency_s;
static long requests, in_flight, peak, accepted;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void send_all(int fd, const char *data, size_t size) {
    while (size) {
        ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
        if (sent > 0) {
            data += sent;
            size -= sent;
        } else if (errno == EAGAIN) {
            struct pollfd wait = {fd, POLLOUT, 0};
            poll(&wait, 1, 1000);
        } else if (errno != EINTR) {
            return;
        }
    }
}

static void load_reply(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) die(path);
    char body[1 << 16];
    size_t size = fread(body, 1, sizeof body, file);
    fclose(file);
    reply = malloc(size + 256);
    reply_size = sprintf(reply, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", size);
    memcpy(reply + reply_size, body, size);
    reply_size += size;
}

static void send_counts(int fd) {
    char body[128], head[256];
    int size = sprintf(body, "{\"requests\": %ld, \"peak\": %ld, \"connections\": %ld}", requests, peak, accepted);
    int head_size = sprintf(head, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", size);
    send_all(fd, head, head_size);
    send_all(fd, body, size);
}

static void close_connection(int fd) {
    Connection *c = &connections[fd];
    in_flight -= c->waiting;
    c->waiting = 0;
    c->size = 0;
    c->life++;
    close(fd);
}

static void put_off(int fd) {
    if (queue_size == queue_room) {
        Reply *larger = malloc(2 * queue_room * sizeof *larger);
        for (size_t n = 0; n < queue_size; n++) larger[n] = queue[(queue_head + n) % queue_room];
        free(queue);
        queue = larger;
        queue_head = 0;
        queue_room *= 2;
    }
    queue[(queue_head + queue_size++) % queue_room] = (Reply){fd, connections[fd].life, now_s() + latency_s};
}

/* Takes one whole request off the front of the buffer; returns 0 when there is none yet. */
static int take_request(int fd) {
    Connection *c = &connections[fd];
    char *end = memmem(c->data, c->size, "\r\n\r\n", 4);
    if (!end) return 0;
    size_t head = end + 4 - c->data, body = 0;
    *end = 0;
    char *length = strcasestr(c->data, "\r\ncontent-length:");
    if (length) body = strtoul(length + 17, NULL, 10);
    *end = '\r';
    if (c->size < head + body) return 0;
    int counts = !strncmp(c->data, "GET ", 4);
    c->size -= head + body;
    memmove(c->data, c->data + head + body, c->size);
    if (counts) {
        send_counts(fd);
        return 1;
    }
    requests++;
    if (++in_flight > peak) peak = in_flight;
    c->waiting++;
    if (latency_s > 0) {
        put_off(fd);
    } else {
        c->waiting--;
        in_flight--;
        send_all(fd, reply, reply_size);
    }
    return 1;
}

static void read_from(int fd) {
    Connection *c = &connections[fd];
    for (;;) {
        if (c->room - c->size < 1 << 14) {
            c->room = c->room ? 2 * c->room : 1 << 15;
            c->data = realloc(c->data, c->room);
        }
        ssize_t got = recv(fd, c->data + c->size, c->room - c->size - 1, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
            close_connection(fd);
            return;
        }
        if (got < 0) break;
        c->size += got;
    }
    while (take_request(fd)) continue;
}

static void accept_all(int listener, int poller) {
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (fd >= MOST_FILES) {
            close(fd);
            continue;
        }
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
        accepted++;
    }
}

static int send_due(void) {
    while (queue_size) {
        Reply next = queue[queue_head];
        double left = next.due - now_s();
        if (left > 0) return (int)(left * 1000) + 1;
        queue_head = (queue_head + 1) % queue_room;
        queue_size--;
        Connection *c = &connections[next.fd];
        if (c->life != next.life) continue;
        c->waiting--;
        in_flight--;
        send_all(next.fd, reply, reply_size);
    }
    return -1;
}

int main(int count, char **arguments) {
    if (count != 3) {
        fprintf(stderr, "usage: mock_server REPLY_FILE LATENCY_MS\n");
        return 2;
    }
    load_reply(arguments[1]);
    latency_s = atof(arguments[2]) / 1000;
    queue = malloc(queue_room * sizeof *queue);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 8192)) die("bind");
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    int poller = epoll_create1(0);
    struct epoll_event events[EVENTS], listening = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &listening);
    for (;;) {
        int ready = epoll_wait(poller, events, EVENTS, send_due());
        for (int n = 0; n < ready; n++) {
            if (events[n].data.fd == listener) {
                accept_all(listener, poller);
            } else {
                read_from(events[n].data.fd);
            }
        }
    }
}
