import { expect } from 'chai';
import { eventually } from '../eventually.ts';
import { connectTo } from './connect.ts';
import { createSplitter } from './resp.ts';
import { startRedis } from './server.ts';
import { layWire } from './wire.ts';

describe('createSplitter', () => {
  it('splits values of every type, however they are cut into chunks', () => {
    const values = [
      '+OK\r\n',
      '$3\r\na\r\n\r\n',
      '$-1\r\n',
      '*2\r\n:1\r\n*1\r\n$0\r\n\r\n',
      '%1\r\n+a\r\n#t\r\n',
      '>1\r\n_\r\n',
    ];
    const stream = Buffer.from(values.join(''));
    for (let size = 1; size <= stream.length; size += 1) {
      const split = createSplitter();
      const found: Buffer[] = [];
      for (let at = 0; at < stream.length; at += size) found.push(...split(stream.subarray(at, at + size)));
      expect(found.map(String)).to.deep.equal(values);
    }
  });

  it('takes an attribute together with its value', () => {
    expect(createSplitter()(Buffer.from('|1\r\n+ttl\r\n:1\r\n$1\r\nx\r\n+OK\r\n')).map(String)).to.have.length(2);
  });
});

describe('a fault wire', () => {
  async function lay() {
    const redis = await startRedis();
    const wire = await layWire(redis.port);
    return { redis, wire, connection: await connectTo(redis.url(wire.port)) };
  }

  it('passes everything, and counts the commands that come after a handshake', async () => {
    const { wire, connection } = await lay();
    const value = 'x'.repeat(1_000_000);
    await connection.send(['SET', 'key', value]);
    expect(await connection.send(['GET', 'key'])).to.equal(value);
    expect(wire.commands).to.equal(2);
  });

  it('holds everything back while it is paused', async () => {
    const { redis, wire, connection } = await lay();
    wire.pause();
    const answers = [connection.send(['INCR', 'n']), connection.send(['INCR', 'n'])];
    expect(await redis.command('GET', 'n')).to.equal(null);
    wire.resume();
    expect(await Promise.all(answers)).to.deep.equal([1, 2]);
  });

  it('keeps the order when it delays', async () => {
    const { wire, connection } = await lay();
    wire.delay(50);
    const started = performance.now();
    const first = connection.send(['INCR', 'n']).then(() => performance.now() - started);
    const order: unknown[] = [];
    const others = [1, 2, 3].map(() => connection.send(['INCR', 'n']).then((n) => order.push(n)));
    expect(await first).to.be.at.least(45);
    wire.delay(0);
    await Promise.all([...others, connection.send(['INCR', 'n'])]);
    expect(order).to.deep.equal([2, 3, 4]);
  });

  it('takes no connection while it is down', async () => {
    const { wire, connection } = await lay();
    wire.down();
    await eventually('the loss is noticed', () => connection.state === 'unsure');
    expect(wire.connections).to.equal(0);
    wire.up();
    await eventually('it is back', () => connection.state === 'connected');
  });
});
