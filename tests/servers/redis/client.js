// client.js PORT: a hundred commands at once on one connection, then a publication to a subscriber.
const { createClient } = require('redis');

(async () => {
    const url = `redis://127.0.0.1:${process.argv[2]}`;
    const client = createClient({ url });
    await client.connect();
    await Promise.all(Array.from({ length: 50 }, (_, i) => [client.set(`key:${i}`, `value ${i}`), client.get(`key:${i}`)]).flat());
    const subscriber = client.duplicate();
    await subscriber.connect();
    await new Promise(resolve => subscriber.subscribe('news', resolve).then(() => client.publish('news', 'secret news')));
    await subscriber.disconnect();
    await client.quit();
})();
