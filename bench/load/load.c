/*
 * An open-loop HTTP load generator: requests are due at a fixed rate whether or not earlier ones were answered, and a
 * request's latency counts from when it was due (as wrk2 and Gil Tene's HdrHistogram do), so a stall is not left out.
 *
 *   load [-c connections] [-r requests/s] [-d seconds] [-n requests] [-w seconds] address port path
 *
 * -n ends the load after so many requests; -w then keeps the connections open and idle for so long.
 * Prints one line of key=value: requests, errors, seconds, rate, p50, p90, p99, p999, max (µs), cpu (µs of its own).
 * Responses need a Content-Length. It is one thread; a server on the same core count needs the rest.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_MAX = 4096, EVENTS = 512, SUB_BITS = 6, SUBS = 1 << SUB_BITS, BUCKETS = 64 * SUBS };

static const uint64_t SECOND = 1000000000;
/* How long answers that are under way when the load ends are waited for. */
static const uint64_t GRACE = 2ull * 1000000000;

struct connection {
	int fd;
	int busy;
	/* Its requests so far: the next one is due at (index + sent * connections) / rate. */
	uint64_t sent;
	uint64_t due;
	/* Bytes of the body still to come, once the head is complete. */
	int64_t body;
	uint32_t head_length;
	char head[HEAD_MAX + 1];
};

static struct connection *connections;
static uint64_t connection_count = 32;
static uint64_t begin, limit;
static double rate = 1000;
static uint64_t sent, done, errors;
static uint64_t histogram[BUCKETS];
static uint64_t longest;
static char request[2048];
static size_t request_length;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

/* Log-linear: 64 steps an octave, so a value is known to 1.6 %. */
static unsigned bucket_of(uint64_t value)
{
	unsigned octave;

	if (value < SUBS)
		return (unsigned)value;
	octave = 63u - (unsigned)__builtin_clzll(value) - SUB_BITS + 1;
	return octave * SUBS + (unsigned)((value >> (octave - 1)) - SUBS);
}

static uint64_t value_of(unsigned bucket)
{
	unsigned octave = bucket / SUBS;

	return octave == 0 ? bucket : ((uint64_t)(bucket % SUBS) + SUBS + 1) << (octave - 1);
}

static double percentile(double part)
{
	uint64_t wanted = (uint64_t)(part * (double)done), seen = 0;

	for (unsigned i = 0; i < BUCKETS; i++) {
		seen += histogram[i];
		if (seen > wanted)
			return (double)value_of(i) / 1000;
	}
	return (double)longest / 1000;
}

static uint64_t due_of(const struct connection *connection)
{
	uint64_t number = (uint64_t)(connection - connections) + connection->sent * connection_count;

	return begin + (uint64_t)((double)number * (double)SECOND / rate);
}

static void send_next(struct connection *connection)
{
	connection->due = due_of(connection);
	connection->sent++;
	connection->busy = 1;
	connection->head_length = 0;
	connection->body = -1;
	sent++;
	if (write(connection->fd, request, request_length) != (ssize_t)request_length)
		die("write");
}

static void answered(struct connection *connection, uint64_t now)
{
	uint64_t latency = now - connection->due;

	histogram[bucket_of(latency)]++;
	if (latency > longest)
		longest = latency;
	done++;
	connection->busy = 0;
}

/* Takes bytes of the answer; true when it is complete. */
static int take(struct connection *connection, const char *bytes, ssize_t length)
{
	char *end, *field;
	size_t room, part;

	if (connection->body >= 0) {
		connection->body -= length;
		return connection->body <= 0;
	}
	room = HEAD_MAX - connection->head_length;
	part = (size_t)length < room ? (size_t)length : room;
	memcpy(connection->head + connection->head_length, bytes, part);
	connection->head_length += (uint32_t)part;
	connection->head[connection->head_length] = 0;
	end = strstr(connection->head, "\r\n\r\n");
	if (!end) {
		if (part == room) {
			errno = EMSGSIZE;
			die("the answer's head");
		}
		return 0;
	}
	if (strncmp(connection->head, "HTTP/1.1 2", 10) != 0)
		errors++;
	field = strcasestr(connection->head, "\r\nContent-Length:");
	if (!field || field > end) {
		errno = EPROTO;
		die("an answer without Content-Length");
	}
	connection->body = atoll(field + 17) - ((connection->head + connection->head_length) - (end + 4)) - (length - (ssize_t)part);
	return connection->body <= 0;
}

static void receive(struct connection *connection)
{
	static char bytes[65536];
	ssize_t length = read(connection->fd, bytes, sizeof(bytes));

	if (length < 0 && errno == EAGAIN)
		return;
	if (length <= 0)
		die("the server closed a connection");
	if (connection->busy && take(connection, bytes, length))
		answered(connection, clock_ns());
}

static void connect_all(const char *address, uint16_t port, int poller)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct rlimit files;
	int on = 1;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (inet_pton(AF_INET, address, &to.sin_addr) != 1)
		die(address);
	connections = calloc(connection_count, sizeof(*connections));
	for (uint64_t i = 0; i < connection_count; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.u64 = i };
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
			die("connect");
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		fcntl(fd, F_SETFL, O_NONBLOCK);
		connections[i].fd = fd;
		epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
	}
}

static void run(int poller, uint64_t end)
{
	struct epoll_event events[EVENTS];
	uint64_t next = 0, now = clock_ns();

	begin = now;
	end += now;
	while ((now < end && sent < limit) || (sent > done && now < end + GRACE)) {
		int sending = now < end && sent < limit;
		uint64_t due = begin + (uint64_t)((double)next * (double)SECOND / rate), wait = SECOND / 100;
		struct timespec timeout;
		int count;

		while (sending && due <= now && sent < limit) {
			struct connection *connection = &connections[next % connection_count];

			/* A busy one catches up when it is answered. */
			if (!connection->busy && due_of(connection) <= now)
				send_next(connection);
			next++;
			due = begin + (uint64_t)((double)next * (double)SECOND / rate);
		}
		if (sending)
			wait = due > now ? due - now : 0;
		timeout = (struct timespec){ .tv_sec = (time_t)(wait / SECOND), .tv_nsec = (long)(wait % SECOND) };
		count = epoll_pwait2(poller, events, EVENTS, &timeout, NULL);
		for (int i = 0; i < count; i++) {
			struct connection *connection = &connections[events[i].data.u64];

			receive(connection);
			if (!connection->busy && sending && sent < limit && connection->sent > 0 && due_of(connection) <= now)
				send_next(connection);
		}
		now = clock_ns();
	}
}

int main(int argc, char **argv)
{
	double seconds = 5, idle = 0, took;
	struct rusage usage;
	int option, poller = epoll_create1(0);

	limit = UINT64_MAX;
	while ((option = getopt(argc, argv, "c:r:d:n:w:")) != -1) {
		switch (option) {
		case 'c': connection_count = strtoull(optarg, NULL, 10); break;
		case 'r': rate = atof(optarg); break;
		case 'd': seconds = atof(optarg); break;
		case 'n': limit = strtoull(optarg, NULL, 10); break;
		case 'w': idle = atof(optarg); break;
		default: return 2;
		}
	}
	if (argc - optind != 3 || connection_count == 0 || rate <= 0) {
		fputs("usage: load [-c connections] [-r requests/s] [-d seconds] [-n requests] [-w seconds] address port path\n", stderr);
		return 2;
	}
	request_length = (size_t)snprintf(request, sizeof(request),
		"GET %s HTTP/1.1\r\nHost: %s:%s\r\nUser-Agent: load\r\n\r\n", argv[optind + 2], argv[optind], argv[optind + 1]);
	connect_all(argv[optind], (uint16_t)atoi(argv[optind + 1]), poller);
	run(poller, (uint64_t)(seconds * (double)SECOND));
	took = (double)(clock_ns() - begin) / (double)SECOND;
	getrusage(RUSAGE_SELF, &usage);
	printf("requests=%lu errors=%lu seconds=%.3f rate=%.0f p50=%.1f p90=%.1f p99=%.1f p999=%.1f max=%.1f cpu=%ld\n",
		done, errors + (sent - done), took, (double)done / took, percentile(0.5), percentile(0.9), percentile(0.99),
		percentile(0.999), (double)longest / 1000,
		(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000L + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
	fflush(stdout);
	if (idle > 0)
		usleep((useconds_t)(idle * 1000000));
	return 0;
}
