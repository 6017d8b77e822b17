// Calls tests/servers/node-http2/server.js over one connection: one by one, many at once, resets. Arguments: PORT
// Writes a line for each call: method, path, status (or 0), milliseconds.
'use strict';
const http2 = require('http2');

const session = http2.connect(`http://127.0.0.1:${process.argv[2]}`);

function call(method, path, { body, resetAfter } = {}) {
  return new Promise((resolve) => {
    const begin = performance.now();
    let status = 0;
    const stream = session.request({ ':method': method, ':path': path, 'user-agent': 'node-client' }, { endStream: body === undefined });
    stream.on('response', (headers) => { status = headers[':status']; });
    stream.on('error', () => {});
    stream.on('close', () => {
      console.log(method, path, status, (performance.now() - begin).toFixed(3));
      resolve();
    });
    stream.resume();
    if (body !== undefined) {
      stream.end(body);
    }
    if (resetAfter !== undefined) {
      setTimeout(() => stream.close(http2.constants.NGHTTP2_CANCEL), resetAfter);
    }
  });
}

(async () => {
  await call('GET', '/hello?user=jo');
  await call('HEAD', '/hello');
  await call('GET', '/bytes/20000');
  await call('POST', '/echo', { body: 'b'.repeat(9000) });
  await call('PUT', '/status/204', { body: 'b' });
  await call('GET', '/status/404');
  await call('GET', '/status/503');
  await call('GET', '/early');
  await call('GET', '/trailers');
  await call('GET', '/refuse');
  await call('GET', '/slow/300', { resetAfter: 60 });
  await call('GET', '/slow/60');
  await Promise.all(Array.from({ length: 40 }, (_, n) => call('GET', `/items/${n}`)));
  session.close();
})();
