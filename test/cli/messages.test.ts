import { Writable } from 'node:stream';
import { expect } from 'chai';
import { TOKEN, type World, world } from '../world.ts';
import { type CliOptions, cli } from './harness.ts';

const messages = (relay: World, args: readonly string[] = [], options: CliOptions = {}) =>
  cli(['messages', 'a', ...args, '--server', relay.url(), '--token', TOKEN], options);

/** Sends so many messages, numbered from 0, and returns their mids. */
async function fill(relay: World, count: number): Promise<string[]> {
  const sender = await relay.socket();
  sender.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'a', events: true } });
  const message = { sendType: 'personal', target: 'a', wait: 0 };
  for (let index = 0; index < count; index += 1) {
    sender.send({ cmd: 'MESSAGE', data: { ...message, message: { text: `${index}`, desp: `d${index}` } } });
  }
  const mids: string[] = [];
  while (mids.length < count) mids.push((await sender.packet('MESSAGE_REPLY')).data.mid);
  return mids.sort((one, other) => Number(one) - Number(other));
}

const texts = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).message.text);

describe('herald messages', () => {
  it('lists messages with their statuses and bodies, oldest first', async () => {
    const relay = await world();
    const device = await relay.device('a', { acknowledge: true });
    await relay.request('/a.send?text=one');
    device.ws.close();
    await device.closed;
    await relay.request(`/a.send?text=two&desp=${encodeURIComponent('b\u001b[2J\nmore')}&k=v&wait=0`);
    const { code, stdout } = await messages(relay);
    expect(code).to.equal(0);
    const [first = '', second = '', ...rest] = stdout.split('\n');
    expect(first).to.match(/^\d{13} {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}ok {2}one$/);
    expect(second).to.match(/ {2}(ready|wait) {2}two$/);
    expect(rest.filter((line) => !line.includes('wait'))).to.deep.equal(['  b\\u001b[2J', '  more', '  k: v', '']);
  });

  it('lists as many of the newest messages as --limit says', async () => {
    const relay = await world();
    await fill(relay, 201);
    const all = [...Array(201).keys()].map(String);
    expect(texts((await messages(relay, ['--json'])).stdout)).to.deep.equal(all.slice(-20));
    expect(texts((await messages(relay, ['--json', '--limit', '1'])).stdout)).to.deep.equal(['200']);
    expect(texts((await messages(relay, ['--json', '--limit', '150'])).stdout)).to.deep.equal(all.slice(-150));
    expect(texts((await messages(relay, ['--json', '--limit', '1000'])).stdout)).to.deep.equal(all);
  });

  it('goes through every page since a time', async () => {
    const relay = await world();
    await fill(relay, 201);
    const all = [...Array(201).keys()].map(String);
    const since = async (...more: string[]) =>
      texts((await messages(relay, ['--json', '--since', '0', ...more])).stdout);
    expect(await since()).to.deep.equal(all);
    expect(await since('--limit', '150')).to.deep.equal(all.slice(0, 150));
  });

  it('starts after a mid or at a time', async () => {
    const relay = await world();
    const [first = '', second = ''] = await fill(relay, 3);
    expect(texts((await messages(relay, ['--json', '--since', first])).stdout)).to.deep.equal(['1', '2']);
    const time = new Date(Number(second)).toISOString();
    expect(texts((await messages(relay, ['--json', '--since', time])).stdout)).to.deep.equal(['1', '2']);
    expect(texts((await messages(relay, ['--json', '--since', '1h'])).stdout)).to.deep.equal(['0', '1', '2']);
    expect((await messages(relay, ['--since', '2100-01-01'])).stdout).to.equal('');
  });

  it('stops when the reader closes', async () => {
    const relay = await world();
    await fill(relay, 1);
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('EPIPE'), { code: 'EPIPE' })),
    }).on('error', () => {});
    expect(await messages(relay, [], { stdout })).to.include({ code: 0, stderr: '' });
  });

  it('exits with 4 for an unknown device', async () => {
    expect((await messages(await world())).code).to.equal(4);
  });

  it('names all wrong options at once', async () => {
    expect((await cli(['messages', '--since', 'then', '--limit', '0'])).stderr.split('\n')).to.deep.equal([
      'herald: --since: expected a mid, a date such as 2026-01-31 or 2026-01-31T09:00, or how long ago, such as 90m or 1d12h',
      'herald: --limit: expected a whole number above 0',
      'herald: <NAME> is missing',
      '',
    ]);
    for (const limit of ['-1', '1.5', 'x', '', '1e3']) {
      expect((await cli(['messages', 'a', '--limit', limit])).code).to.equal(2);
    }
  });
});
