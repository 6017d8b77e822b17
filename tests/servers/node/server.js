// Node's http, or https where TLS_CERTIFICATE and TLS_KEY name files. Usage: node server.js PORT UPSTREAM
// GET /events/N/MS is a stream of N server-sent events, MS milliseconds apart.
'use strict';
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');

const [port, upstream] = process.argv.slice(2).map(Number);
const agent = new http.Agent({ keepAlive: true });

const routes = {
    hello: (_, __, reply) => reply(200, 'hello\n'),
    bytes: (_, [length], reply) => reply(200, 'x'.repeat(Number(length))),
    slow: (_, [delay], reply) => setTimeout(() => reply(200, 'hello\n'), Number(delay)),
    echo: (request, _, reply) => {
        const parts = [];
        request.on('data', part => parts.push(part)).on('end', () => reply(200, Buffer.concat(parts)));
    },
    status: (_, [status], reply) => reply(Number(status), http.STATUS_CODES[status]),
    item: (_, [number], reply) => setTimeout(() => reply(200, number), Number(number) * 7 % 20),
    relay: (_, [number], reply) =>
        http.get({ port: upstream, host: '127.0.0.1', agent, path: `/item/${number}` }, response => {
            const parts = [];
            response.on('data', part => parts.push(part)).on('end', () => reply(response.statusCode, Buffer.concat(parts)));
        }),
};

function stream(response, [count, delay]) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    let sent = 0;
    (function next() {
        if (sent++ === Number(count)) return response.end();
        response.write(`data: ${sent}\n\n`);
        setTimeout(next, Number(delay));
    })();
}

function serve(handler) {
    const { TLS_CERTIFICATE: certificate, TLS_KEY: key } = process.env;
    return certificate
        ? https.createServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key) }, handler)
        : http.createServer(handler);
}

serve((request, response) => {
    const [name, ...parameters] = request.url.split('?')[0].slice(1).split('/');
    if (name === 'events') return stream(response, parameters);
    (routes[name] ?? ((_, __, reply) => reply(404, 'there is no such path')))(request, parameters, (status, body) => {
        const empty = status === 204 || status === 304;
        response.writeHead(status, empty ? {} : { 'Content-Length': Buffer.byteLength(body) });
        response.end(empty ? undefined : body);
    });
}).listen(port, '127.0.0.1', 512);
