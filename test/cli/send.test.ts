import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { TOKEN, type World, world } from '../world.ts';
import { type CliOptions, type CliResult, cli, start } from './harness.ts';

const send = (relay: World, args: readonly string[], options: CliOptions = {}): Promise<CliResult> =>
  cli(['send', '--server', relay.url(), '--token', TOKEN, ...args], options);

/** A server that answers everything in one way. */
async function answering(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('herald send', () => {
  it('prints that the recipient has the message', async () => {
    const relay = await world();
    const device = await relay.device('kooritea', { acknowledge: true });
    const result = await send(relay, [
      'kooritea',
      'hi',
      '--extra',
      'a=1=2',
      '--extra',
      'b=x',
      '--extra',
      'b=',
      '--extra',
      '__proto__=p',
    ]);
    expect(result).to.deep.equal({ code: 0, stdout: 'kooritea  ok\n', stderr: '' });
    const { data } = await device.packet('MESSAGE');
    expect(data).to.include({ sendType: 'personal', target: 'kooritea' });
    expect(data.message).to.deep.equal(
      JSON.parse('{"text":"hi","desp":"","extra":{"a":"1=2","b":["x",""],"__proto__":"p"}}'),
    );
  });

  it('sets the extras that have an option', async () => {
    const relay = await world();
    const device = await relay.device('a', { acknowledge: true });
    const options = ['--priority', 'high', '--tags', 'warning,disk', '--click', 'https://h/', '--extra', 'tags=x'];
    expect((await send(relay, ['a', 'hi', ...options])).code).to.equal(0);
    const { extra } = (await device.packet('MESSAGE')).data.message;
    expect(extra).to.deep.equal({ priority: 'high', tags: ['warning,disk', 'x'], click: 'https://h/' });
    expect(await send(relay, ['a', 'hi', '--priority', 'loud'])).to.deep.equal({
      code: 2,
      stdout: '',
      stderr: 'herald: --priority: expected 1 to 5, or min, low, default, high or max\n',
    });
  });

  it('names the sender', async () => {
    const relay = await world();
    const device = await relay.device('a', { acknowledge: true });
    expect((await send(relay, ['a', 'hi', '--from', 'nas'])).code).to.equal(0);
    expect((await device.packet('MESSAGE')).data.from).to.deep.equal({ method: 'http', name: 'nas' });
    expect((await send(relay, ['a', 'hi', '--from', 'x'.repeat(65)])).code).to.equal(1);
  });

  it('accepts names of every kind, a base path, and any form of address', async () => {
    const relay = await world({ config: { http: { basePath: '/mpush' } } });
    const name = 'a.b 张三 %41?#.send';
    const device = await relay.socket('/mpush/');
    device.send({ cmd: 'AUTH', data: { token: TOKEN, name } });
    await device.packet('AUTH');
    device.ws.on('message', (frame) => {
      device.send({ cmd: 'MESSAGE_CALLBACK', data: { mid: JSON.parse(frame.toString()).data.mid } });
    });
    const { host } = new URL(relay.url());
    for (const server of [`ws://${host}/mpush/`, `${host}/mpush`]) {
      const { code, stdout } = await cli(['send', name, 'x', '--server', server, '--token', TOKEN]);
      expect({ code, stdout }).to.deep.equal({ code: 0, stdout: `${name}  ok\n` });
    }
  });

  it('exits with 3 while a recipient is waiting', async () => {
    const relay = await world();
    await relay.device('a', { group: 'g', acknowledge: true });
    await relay.device('b', { group: 'g' });
    const result = await send(relay, ['g', 'hi', '--group', '--wait', '0']);
    expect(result.code).to.equal(3);
    expect(result.stdout).to.match(/^a {2}(ready|wait|ok)\nb {2}(ready|wait)\n$/);
  });

  it('waits as long as --wait says', async () => {
    const relay = await world();
    await relay.device('a');
    const sending = send(relay, ['a', 'hi', '--wait', '2.5']);
    let ended = false;
    void sending.then(() => {
      ended = true;
    });
    const device = await relay.device('probe');
    // The message has arrived once the relay lists it.
    await eventually(
      'the relay lists it',
      async () => (await relay.request('/v1/devices/a/messages')).json.messages.length > 0,
    );
    await relay.clock.tick(2499);
    await device.settle();
    expect(ended).to.equal(false);
    await relay.clock.tick(1);
    expect(await sending).to.include({ code: 3, stdout: 'a  wait\n' });
  });

  it('exits with 4 when no recipient is known', async () => {
    const relay = await world();
    expect(await send(relay, ['nobody', 'hi'])).to.include({ code: 4, stdout: 'nobody  no\n' });
    await relay.device('phone', { group: 'family' });
    expect(await send(relay, ['none', 'hi', '--group'])).to.deep.equal({
      code: 4,
      stdout: '',
      stderr: 'herald: no device is in the group none\n',
    });
  });

  it('tells which name was probably meant', async () => {
    const relay = await world();
    await relay.device('phone');
    expect(await send(relay, ['phnoe', 'hi'])).to.deep.equal({
      code: 4,
      stdout: 'phnoe  no\n',
      stderr: 'herald: no device is called phnoe; did you mean phone?\n',
    });
    const json = await send(relay, ['phnoe', 'hi', '--json']);
    expect(JSON.parse(json.stdout).status).to.deep.equal({ phnoe: 'no' });
    expect(json.stderr).to.equal('herald: no device is called phnoe; did you mean phone?\n');
  });

  it('tells the same of a relay whose sends are strict', async () => {
    const relay = await world({ config: { http: { strict: true }, storage: { maxQueued: 1 } } });
    await relay.device('a');
    await send(relay, ['a', '1', '--wait', '0']);
    expect(await send(relay, ['a', '2'])).to.deep.equal({ code: 1, stdout: 'a  failed\n', stderr: '' });
    expect(await send(relay, ['b', 'hi'])).to.include({ code: 4, stdout: 'b  no\n' });
  });

  it('exits with 1 when a recipient failed', async () => {
    const relay = await world({ config: { storage: { maxQueued: 1 } } });
    await relay.device('a');
    await send(relay, ['a', '1', '--wait', '0']);
    expect(await send(relay, ['a', '2'])).to.include({ code: 1, stdout: 'a  failed\n' });
  });

  it('prints the answer as JSON', async () => {
    const relay = await world();
    await relay.device('a', { acknowledge: true });
    const { stdout } = await send(relay, ['a', 'x', '--json']);
    const data = JSON.parse(stdout);
    expect(data).to.deep.equal({ mid: data.mid, status: { a: 'ok' }, a: 'ok' });
  });

  it('colours the statuses only on a terminal', async () => {
    const relay = await world();
    expect((await send(relay, ['nobody', 'x'], { terminal: true })).stdout).to.equal('nobody  \u001b[31mno\u001b[0m\n');
    const plain = await send(relay, ['nobody', 'x'], { terminal: true, env: { NO_COLOR: '1' } });
    expect(plain.stdout).to.equal('nobody  no\n');
  });

  it('sends a token in any script', async () => {
    const relay = await world({ config: { token: 'tökén 张三' } });
    const { code } = await cli(['send', 'nobody', 'x', '--server', relay.url(), '--token', 'tökén 张三']);
    expect(code).to.equal(4);
  });

  describe('with input', () => {
    const cases: [what: string, args: string[], input: string | Buffer, text: string, desp: string][] = [
      ['takes it as the description where --desp says so', ['T', '--desp', '-'], 'one\ntwo\n', 'T', 'one\ntwo'],
      ['splits it into text and description', [], 'one\r\ntwo\n\nthree\n', 'one', 'two\n\nthree'],
      ['skips empty lines before the text', [], '\n \n one\ntwo', 'one', 'two'],
      ['takes all of it as the text beside --desp', ['--desp', 'D'], 'one\ntwo\n', 'one\ntwo', 'D'],
      ['leaves it alone beside a text', ['T'], 'one', 'T', ''],
      ['leaves it alone beside a text and --desp', ['T', '--desp', 'D'], 'one', 'T', 'D'],
      ['sends a text when there is none', ['T'], '', 'T', ''],
      ['sends an empty text that was given beside --desp', ['', '--desp', 'D'], '', '', 'D'],
      ['replaces bytes that are no UTF-8', ['T', '--desp', '-'], Buffer.from([0x61, 0xff, 0x62]), 'T', 'a\ufffdb'],
    ];
    for (const [what, args, input, text, desp] of cases) {
      it(what, async () => {
        const relay = await world();
        const device = await relay.device('a', { acknowledge: true });
        expect((await send(relay, ['a', ...args], { input })).code).to.equal(0);
        expect((await device.packet('MESSAGE')).data.message).to.include({ text, desp });
      });
    }

    it('refuses to send nothing', async () => {
      const relay = await world();
      for (const options of [{ input: '' }, { input: '\n \n' }, { terminal: true }]) {
        const { code, stderr } = await send(relay, ['a'], options);
        expect({ code, stderr }).to.deep.equal({
          code: 2,
          stderr: 'herald: nothing to send: give a text, or pipe one in\n',
        });
      }
    });

    it("prints the relay's answer to an empty text", async () => {
      const { code, stderr } = await send(await world(), ['a', '']);
      expect(code).to.equal(1);
      expect(stderr).to.match(/^herald: http:\S+: expected a text in text or desp\n$/);
    });

    it('sends without input that cannot be read', async () => {
      const relay = await world();
      const input = new Readable({ read: () => input.destroy(Object.assign(new Error('EBADF'), { code: 'EBADF' })) });
      expect((await send(relay, ['nobody', 'x', '--desp', '-'], { input })).code).to.equal(4);
    });

    it('ends with a signal while it waits for input', async () => {
      const relay = await world();
      const input = new Readable({ read() {} });
      const running = await start(['send', 'a', '--server', relay.url(), '--token', TOKEN], { input });
      running.stop();
      expect(await running.result).to.include({ code: 1, stderr: 'herald: interrupted\n' });
    });
  });

  describe('says in one line', () => {
    it('that nothing listens', async () => {
      const server = `http://127.0.0.1:${await freePort()}`;
      expect(await cli(['send', 'a', 'x', '--server', server, '--token', 't'])).to.deep.equal({
        code: 1,
        stdout: '',
        stderr: `herald: cannot reach ${server}: nothing listens there\n`,
      });
    });

    it('that the token is wrong or missing', async () => {
      const relay = await world();
      const server = relay.url('');
      expect(await cli(['send', 'a', 'x', '--server', server, '--token', 'wrong'])).to.include({
        code: 1,
        stderr: `herald: ${server} refuses the token: set the right one with --token or HERALD_TOKEN\n`,
      });
      expect(await cli(['send', 'a', 'x', '--server', server])).to.include({
        code: 1,
        stderr: `herald: ${server} needs a token: set it with --token or HERALD_TOKEN\n`,
      });
    });

    it('that too many tokens were wrong', async () => {
      const relay = await world({ config: { http: { maxAuthFailures: 1 } } });
      await cli(['send', 'a', 'x', '--server', relay.url(), '--token', 'wrong']);
      const { code, stderr } = await cli(['send', 'a', 'x', '--server', relay.url(), '--token', 'another']);
      expect(code).to.equal(1);
      expect(stderr).to.match(/^herald: http:\S+: too many wrong tokens, try again in \d+ s\n$/);
    });

    it('what the relay refuses', async () => {
      const relay = await world({ config: { http: { maxBody: 1024 } } });
      const { code, stderr } = await send(relay, ['a', 'x'.repeat(2000)]);
      expect(code).to.equal(1);
      expect(stderr).to.match(/^herald: http:\S+: the body is larger than 1024 bytes\n$/);
    });

    it('that the server is no relay', async () => {
      for (const body of ['<h1>It works</h1>', '[]', 'null', '{"data":5}', '{"data":{"status":5}}', '"x"']) {
        const server = await answering((_request, response) => response.end(body));
        const { code, stderr } = await cli(['send', 'a', 'x', '--server', server]);
        expect(code).to.equal(1);
        expect(stderr).to.match(/^herald: http:\S+ does not answer as a Herald relay does.*\n$/);
      }
    });

    it('names the address that the server redirects to, and does not follow', async () => {
      const server = await answering((_request, response) =>
        response.writeHead(301, { location: 'https://new/' }).end(),
      );
      expect((await cli(['send', 'a', 'x', '--server', server, '--token', 't'])).stderr).to.equal(
        `herald: ${server} redirects to https://new/: use that address with --server\n`,
      );
    });

    it('that the prefix of the address is wrong', async () => {
      const relay = await world({ config: { http: { basePath: '/mpush' } } });
      const server = new URL(relay.url()).origin;
      for (const prefix of ['', '/mqush']) {
        const { code, stderr } = await cli(['send', 'a', 'x', '--server', server + prefix, '--token', TOKEN]);
        expect({ code, stderr }).to.deep.equal({
          code: 1,
          stderr: `herald: ${server}${prefix} does not know the path: check the prefix in the address (http.basePath)\n`,
        });
      }
    });

    it('that the connection broke', async () => {
      const server = await answering((request) => request.socket.destroy());
      const { code, stderr } = await cli(['send', 'a', 'x', '--server', server]);
      expect(code).to.equal(1);
      expect(stderr).to.equal(`herald: cannot reach ${server}: the connection broke\n`);
    });

    it('what a server answers, with control characters escaped', async () => {
      const server = await answering((_request, response) => response.writeHead(400).end('{"error":"\\u001b[2Jno"}'));
      expect((await cli(['send', 'a', 'x', '--server', server])).stderr).to.equal(`herald: ${server}: \\u001b[2Jno\n`);
    });
  });

  it('names all wrong options at once', async () => {
    const { code, stderr } = await cli(['send', '--wait', '-1', '--extra', '=x', '--server', 'ftp://x', '--what']);
    expect(code).to.equal(2);
    expect(stderr.trim().split('\n')).to.have.lengthOf(5);
    for (const wait of ['x', '', '1e3', '-1', '1,5', 'Infinity', '0x1']) {
      expect(await cli(['send', 'a', 'x', '--wait', wait])).to.include({
        code: 2,
        stderr: 'herald: --wait: expected seconds, such as 0 or 2.5\n',
      });
    }
  });
});
