/*
 * A collector that keeps nothing: takes OTLP over HTTP/protobuf, counts the spans and remembers the last value of
 * every metric named sonde.*, so that what arrived is counted by somebody else than who sent it.
 *
 *   sink port file [server port]
 *
 * On SIGTERM it writes "name value" lines to the file: spans, spans.server (of that server.port), requests, bytes, sonde.*.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 64, METRICS = 64, NAME = 48, SPAN_KIND_SERVER = 2 };

struct bytes {
	const uint8_t *at, *end;
};

struct field {
	uint32_t number;
	uint64_t value;
	struct bytes content;
};

struct connection {
	char *buffer;
	size_t length, size;
};

struct metric {
	char name[NAME];
	double value;
};

static struct connection connections[CONNECTIONS];
static struct pollfd polled[CONNECTIONS + 1];
static struct metric metrics[METRICS];
static int metric_count;
static uint64_t spans, server_spans, server_port, posts, received;
static volatile sig_atomic_t stopped;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "sink: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static uint64_t varint(struct bytes *bytes)
{
	uint64_t value = 0;

	for (unsigned shift = 0; bytes->at < bytes->end && shift < 64; shift += 7) {
		uint8_t byte = *bytes->at++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			break;
	}
	return value;
}

/* The next field of a Protocol Buffers message; false at its end. */
static int next(struct bytes *bytes, struct field *field)
{
	uint64_t tag, length;

	if (bytes->at >= bytes->end)
		return 0;
	tag = varint(bytes);
	field->number = (uint32_t)(tag >> 3);
	field->content = (struct bytes){ bytes->at, bytes->at };
	switch (tag & 7) {
	case 0:
		field->value = varint(bytes);
		return 1;
	case 1:
		length = 8;
		break;
	case 2:
		length = varint(bytes);
		break;
	case 5:
		length = 4;
		break;
	default:
		return 0;
	}
	if (length > (uint64_t)(bytes->end - bytes->at))
		return 0;
	field->value = 0;
	if ((tag & 7) == 1)
		memcpy(&field->value, bytes->at, 8);
	field->content = (struct bytes){ bytes->at, bytes->at + length };
	bytes->at += length;
	return 1;
}

/* KeyValue { key = 1, value = 2 { int_value = 3 } } */
static int is_server_port(struct bytes attribute)
{
	static const char name[] = "server.port";
	struct field field, value;
	int named = 0;

	while (next(&attribute, &field)) {
		if (field.number == 1)
			named = field.content.end - field.content.at == sizeof(name) - 1 && !memcmp(field.content.at, name, sizeof(name) - 1);
		if (field.number == 2 && named)
			return next(&field.content, &value) && value.number == 3 && value.value == server_port;
	}
	return 0;
}

/* Span { kind = 6, attributes = 9 } */
static void count_span(struct bytes span)
{
	int of_server = 0, of_port = 0;
	struct field field;

	while (next(&span, &field)) {
		if (field.number == 6)
			of_server = field.value == SPAN_KIND_SERVER;
		if (field.number == 9 && !of_port)
			of_port = is_server_port(field.content);
	}
	spans++;
	server_spans += of_server && of_port;
}

static void remember(struct bytes name, double value)
{
	size_t length = (size_t)(name.end - name.at);
	int i;

	if (length >= NAME || length < 6 || memcmp(name.at, "sonde.", 6) != 0)
		return;
	for (i = 0; i < metric_count; i++)
		if (strlen(metrics[i].name) == length && memcmp(metrics[i].name, name.at, length) == 0)
			break;
	if (i == METRICS)
		return;
	if (i == metric_count)
		memcpy(metrics[metric_count++].name, name.at, length);
	metrics[i].value = value;
}

/* Metric { name = 1, gauge = 5, sum = 7 { data_points = 1 { as_double = 4, as_int = 6, attributes = 7 } } } */
static void take_metric(struct bytes metric)
{
	struct bytes name = { 0 };
	struct field field, point, part;

	while (next(&metric, &field)) {
		if (field.number == 1)
			name = field.content;
		if (field.number != 5 && field.number != 7)
			continue;
		while (next(&field.content, &point)) {
			double value = 0;
			int labelled = 0;

			if (point.number != 1)
				continue;
			while (next(&point.content, &part)) {
				if (part.number == 4)
					memcpy(&value, &part.value, 8);
				if (part.number == 6)
					value = (double)(int64_t)part.value;
				labelled |= part.number == 7;
			}
			if (!labelled)
				remember(name, value);
		}
	}
}

/* Both kinds of request: resource_… = 1 { scope_… = 2 { spans or metrics = 2 } } */
static void take_body(struct bytes body, void (*take)(struct bytes))
{
	struct field resource, scope, item;

	while (next(&body, &resource)) {
		while (resource.number == 1 && next(&resource.content, &scope)) {
			while (scope.number == 2 && next(&scope.content, &item)) {
				if (item.number == 2)
					take(item.content);
			}
		}
	}
}

/* Answers the first request of the buffer if it is whole; false if not. */
static int answer(int fd, struct connection *connection)
{
	static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";
	char *end = memmem(connection->buffer, connection->length, "\r\n\r\n", 4), *field;
	size_t head, length;
	struct bytes body;

	if (!end)
		return 0;
	*end = 0;
	field = strcasestr(connection->buffer, "\r\nContent-Length:");
	if (!field) {
		errno = EPROTO;
		die("a request without Content-Length");
	}
	if (strcasestr(connection->buffer, "\r\nContent-Encoding:")) {
		errno = EPROTO;
		die("a compressed request");
	}
	length = strtoull(field + 17, NULL, 10);
	*end = '\r';
	head = (size_t)(end + 4 - connection->buffer);
	if (connection->length < head + length)
		return 0;

	body = (struct bytes){ (uint8_t *)connection->buffer + head, (uint8_t *)connection->buffer + head + length };
	if (strncmp(connection->buffer, "POST /v1/traces ", 16) == 0)
		take_body(body, count_span);
	else if (strncmp(connection->buffer, "POST /v1/metrics ", 17) == 0)
		take_body(body, take_metric);
	posts++;
	received += length;
	connection->length -= head + length;
	memmove(connection->buffer, connection->buffer + head + length, connection->length);
	if (send(fd, reply, sizeof(reply) - 1, MSG_NOSIGNAL) < 0)
		perror("sink: send");
	return 1;
}

static void serve(int slot)
{
	struct connection *connection = &connections[slot];
	ssize_t length;

	if (connection->length == connection->size) {
		connection->size = connection->size ? connection->size * 2 : 1 << 20;
		connection->buffer = realloc(connection->buffer, connection->size);
		if (!connection->buffer)
			die("memory");
	}
	length = read(polled[slot].fd, connection->buffer + connection->length, connection->size - connection->length);
	if (length <= 0) {
		close(polled[slot].fd);
		polled[slot].fd = -1;
		connection->length = 0;
		return;
	}
	connection->length += (size_t)length;
	while (answer(polled[slot].fd, connection))
		;
}

static void write_counts(const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file)
		die(path);
	fprintf(file, "spans %lu\nspans.server %lu\nrequests %lu\nbytes %lu\n", spans, server_spans, posts, received);
	for (int i = 0; i < metric_count; i++)
		fprintf(file, "%s %.0f\n", metrics[i].name, metrics[i].value);
	fclose(file);
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	if (argc != 3 && argc != 4) {
		fputs("usage: sink port file [server port]\n", stderr);
		return 2;
	}
	server_port = argc == 4 ? strtoull(argv[3], NULL, 10) : 0;
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = stop }, NULL);
	at.sin_port = htons((uint16_t)atoi(argv[1]));
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) || listen(listener, CONNECTIONS))
		die("listen");
	for (int i = 0; i < CONNECTIONS; i++)
		polled[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	polled[CONNECTIONS] = (struct pollfd){ .fd = listener, .events = POLLIN };
	while (!stopped) {
		if (poll(polled, CONNECTIONS + 1, -1) < 0)
			continue;
		for (int i = 0; i < CONNECTIONS; i++)
			if (polled[i].fd >= 0 && polled[i].revents)
				serve(i);
		if (polled[CONNECTIONS].revents & POLLIN) {
			int fd = accept(listener, NULL, NULL), slot = 0;

			while (slot < CONNECTIONS && polled[slot].fd >= 0)
				slot++;
			if (slot == CONNECTIONS)
				close(fd);
			else
				polled[slot].fd = fd;
		}
	}
	write_counts(argv[2]);
	return 0;
}
