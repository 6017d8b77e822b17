// HTTP/2 without TLS. Arguments: PORT [ADDRESS]
'use strict';
const http2 = require('http2');

const server = http2.createServer();
server.on('stream', (stream, headers) => {
  const [, first, second] = headers[':path'].split('?')[0].split('/');
  stream.on('error', () => {});
  switch (first) {
    case 'push':
      stream.pushStream({ ':path': '/pushed' }, (error, pushed) => {
        if (!error) {
          pushed.respond({ ':status': 200, 'x-pushed': 'yes' });
          pushed.end('pushed');
        }
      });
      stream.respond({ ':status': 200 });
      stream.end('push');
      break;
    case 'trailers':
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-checksum': 'abc' }));
      stream.end('trailers');
      break;
    case 'early':
      stream.additionalHeaders({ ':status': 103, link: '</a.css>' });
      stream.respond({ ':status': 201, 'content-length': 5 });
      stream.end('early');
      break;
    case 'slow':
      setTimeout(() => {
        if (!stream.destroyed) {
          stream.respond({ ':status': 200 });
          stream.end('hello\n');
        }
      }, Number(second));
      break;
    case 'refuse':
      stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
      break;
    case 'bytes':
      stream.respond({ ':status': 200, 'content-length': Number(second) });
      stream.end(Buffer.alloc(Number(second), 'x'));
      break;
    case 'status':
      stream.respond({ ':status': Number(second) }, { endStream: true });
      break;
    case 'echo':
      stream.respond({ ':status': 200 });
      stream.pipe(stream);
      break;
    default:
      stream.respond({ ':status': 200, 'content-type': 'text/plain' });
      stream.end('hello\n');
  }
});
server.listen(Number(process.argv[2]), process.argv[3] || '127.0.0.1');
