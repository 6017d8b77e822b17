// Runs statements on a database and says how long each took: database.js pg|mysql2 PORT.
// A line for each statement: milliseconds, the error's code or "ok", the statement.
const [driver, port] = process.argv.slice(2);

async function connect() {
  const options = { host: '127.0.0.1', port: Number(port), user: 'shop', password: 'planted', database: 'shop' };
  if (driver === 'pg') {
    const { Client } = require('pg');
    const client = new Client(options);
    await client.connect();
    return {
      run: (text, values) => client.query(text, values),
      prepared: (text, values) => client.query({ name: text, text, values }),
      end: () => client.end(),
      marker: '$1',
      sleep: 'SELECT pg_sleep(0.06)',
    };
  }
  const connection = await require('mysql2/promise').createConnection(options);
  return {
    run: (text, values) => connection.query(text, values),
    prepared: (text, values) => connection.execute(text, values),
    end: () => connection.end(),
    marker: '?',
    sleep: 'SELECT SLEEP(0.06)',
  };
}

(async () => {
  const client = await connect();
  async function time(text, call) {
    const begin = performance.now();
    let outcome = 'ok';
    try {
      await call();
    } catch (error) {
      outcome = error.errno ?? error.code;
    }
    console.log(`${(performance.now() - begin).toFixed(3)}\t${outcome}\t${text}`);
  }
  const run = (text, values) => time(text, () => client.run(text, values));
  const prepared = (text, values) => time(text, () => client.prepared(text, values));

  await run('DROP TABLE IF EXISTS items');
  await run('CREATE TABLE items (id int PRIMARY KEY, name varchar(40))');
  await run("INSERT INTO items VALUES (1, 'planted'), (2, 'two')");
  await run(`SELECT * FROM items WHERE id = ${client.marker}`, [1]);
  await run(client.sleep);
  for (let i = 0; i < 3; i++) await prepared(`SELECT name FROM items WHERE id = ${client.marker}`, [i]);
  await run('SELECT * FROM missing');
  await prepared(`INSERT INTO items VALUES (${client.marker}, 'again')`, [1]).catch(() => {});
  await run(client.sleep);
  // Sent without waiting, as far as the driver lets.
  await Promise.all([1, 2, 3, 4].map(i => run(`SELECT ${i} + ${client.marker}`, [i])));
  await client.end();
})();
