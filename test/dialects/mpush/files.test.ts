import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { forSuite } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { TOKEN, world } from '../../world.ts';
import { open } from './requests.ts';

const run = promisify(execFile);
const PNG = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(100, 7)]);

describe('a send with a file', () => {
  const relay = forSuite(() => world({ config: { attachments: { maxSize: 100_000 } } }));
  const files = async () => (await readdir(join(relay().dir, 'attachments'))).length;

  const form = (entries: Readonly<Record<string, string | Blob>>, filename = 'a.png') => {
    const data = new FormData();
    for (const [name, value] of Object.entries(entries)) {
      if (typeof value === 'string') data.append(name, value);
      else data.append(name, value, filename);
    }
    return data;
  };
  const post = (body: BodyInit, path = '/phone.send?wait=0') => relay().request(path, { method: 'POST', body });

  it('delivers the attachment, and keeps the file', async () => {
    const phone = await relay().device('phone', { acknowledge: true });
    const { status } = await post(form({ text: 'look', priority: '4', file: new Blob([PNG]) }));
    expect(status).to.equal(200);
    const { data } = await phone.packet('MESSAGE');
    expect(data.message).to.include({ text: 'look', desp: '' });
    const { attachment, ...rest } = data.message.extra;
    expect(rest).to.deep.equal({ priority: '4' });
    expect(attachment).to.include({ name: 'a.png', type: 'image/png', size: PNG.length });
    const bytes = await fetch(attachment.url).then((answer) => answer.arrayBuffer());
    expect(Buffer.from(bytes)).to.deep.equal(PNG);
  });

  it('takes what curl sends, as a form and as a raw body, to a device and to a group', async () => {
    const phone = await relay().device('tablet', { group: 'family', acknowledge: true });
    const dir = await tempDir();
    await writeFile(join(dir, 'pic.png'), PNG);
    await writeFile(join(dir, 'log.txt'), 'a=1\n');
    const curl = (...args: string[]) => run('curl', ['-sS', '-H', `Authorization: ${TOKEN}`, ...args], { cwd: dir });
    await curl('-F', 'file=@pic.png', relay().url('/tablet.send?wait=0'));
    await curl('-T', 'pic.png', relay().url('/family.group?filename=photo.png&text=hi&wait=0'));
    await curl('--data-binary', '@log.txt', relay().url('/tablet.send?filename=log.txt&wait=0'));
    const seen = [];
    for (let count = 0; count < 3; count += 1) {
      const { message } = (await phone.packet('MESSAGE')).data;
      const { name, type, size } = message.extra.attachment;
      seen.push([message.text, name, type, size, Object.keys(message.extra).length]);
    }
    expect(seen).to.deep.equal([
      ['pic.png', 'pic.png', 'image/png', PNG.length, 1],
      ['hi', 'photo.png', 'image/png', PNG.length, 1],
      ['log.txt', 'log.txt', 'text/plain; charset=utf-8', 4, 1],
    ]);
  });

  it('keeps one file of a request that is repeated', async () => {
    const phone = await relay().device('watch', { acknowledge: true });
    const send = () =>
      relay().request('/watch.send?wait=0&text=once', {
        method: 'POST',
        headers: { 'idempotency-key': 'one file' },
        body: form({ file: new Blob([PNG]) }),
      });
    const first = await send();
    const count = await files();
    for (let repeat = 0; repeat < 2; repeat += 1) {
      expect((await send()).json.data.mid).to.equal(first.json.data.mid);
      expect(await files()).to.equal(count);
    }
    const { data } = await phone.packet('MESSAGE');
    expect((await fetch(data.message.extra.attachment.url)).status).to.equal(200);
  });

  it('names an address in attach, and does not fetch it', async () => {
    const phone = await relay().device('pad', { acknowledge: true });
    await relay().request('/pad.send?wait=0&text=x&attach=http://127.0.0.1:1/a%2520b.png');
    await relay().request('/pad.send?wait=0&attach=https://e.example/');
    await relay().request('/pad.send?wait=0&text=x&attach=javascript:alert(1)');
    const extras = [];
    for (let count = 0; count < 3; count += 1) extras.push((await phone.packet('MESSAGE')).data.message.extra);
    expect(extras).to.deep.equal([
      { attachment: { url: 'http://127.0.0.1:1/a%20b.png', name: 'a b.png' } },
      { attachment: { url: 'https://e.example/' } },
      { attach: 'javascript:alert(1)' },
    ]);
  });

  it('reads a file in another field as text, and a field without a file as none', async () => {
    const phone = await relay().device('desk', { acknowledge: true });
    await post(form({ desp: new Blob(['the log']), file: new Blob([]) }, ''), '/desk.send?wait=0&text=t');
    await post(form({ desp: new Blob(['the log']) }, 'log.txt'), '/desk.send?wait=0');
    const [one, other] = [await phone.packet('MESSAGE'), await phone.packet('MESSAGE')];
    expect(one.data.message.extra).to.not.have.property('attachment');
    expect(other.data.message).to.deep.equal({ text: '', desp: 'the log', extra: {} });
  });

  describe('that is refused', () => {
    const cut = form({ file: new Blob([PNG]), text: 'x' });
    const two = form({ file: new Blob(['1']) });
    two.append('file', new Blob(['2']), 'b');
    const late = form({ file: new Blob(['1']), text: 'x'.repeat(2 ** 20 + 1) });
    const long = form({ file: new Blob([new Uint8Array(100_001)]), text: 'x' });
    const CASES: readonly (readonly [what: string, path: string, init: RequestInit, status: number])[] = [
      ['with a wrong sender', '/phone.send?from=%00', { body: cut }, 400],
      ['with a wrong wait', '/phone.send?wait=x', { body: cut }, 400],
      ['with two files', '/phone.send', { body: two }, 400],
      ['with too much text behind the file', '/phone.send', { body: late }, 413],
      ['with a file that is too large', '/phone.send', { body: long }, 413],
      ['with a raw body that is too large', '/phone.send?filename=x', { body: new Uint8Array(100_001) }, 413],
      ['to no target', '/', { body: cut }, 400],
      ['without a token', '/phone.send', { body: cut, headers: { authorization: '' } }, 401],
      ['as a raw body without a token', '/phone.send?filename=x', { body: 'x', headers: { authorization: '' } }, 401],
      ['compressed', '/phone.send?filename=x', { body: 'x', headers: { 'content-encoding': 'gzip' } }, 415],
      ['with a wrong token', '/phone.send', { body: cut, headers: { authorization: 'x' } }, 401],
    ];
    for (const [what, path, init, status] of CASES) {
      it(`leaves no file: ${what}`, async () => {
        const before = await files();
        expect(await relay().request(path, { method: 'POST', ...init })).to.include({ status });
        expect(await files()).to.equal(before);
      });
    }

    it('asks for the token in the header when it is in the form', async () => {
      const body = form({ token: TOKEN, text: 'x', file: new Blob([PNG]) });
      expect(await relay().fetch('/phone.send', { method: 'POST', body })).to.include({ status: 401 });
    });

    it('leaves no file when the peer hangs up, or announces more than it sends', async () => {
      const before = await files();
      const head = `POST /phone.send?filename=a HTTP/1.1\r\nHost: h\r\nAuthorization: ${TOKEN}\r\nContent-Length: 5000\r\n\r\n`;
      const socket = await open(relay());
      socket.write(`${head}only this`);
      await eventually('the file begins', async () => (await files()) > before);
      socket.destroy();
      await eventually('the file is gone', async () => (await files()) === before);
    });

    it('lives on when a peer hangs up while its file waits for a turn', async () => {
      const busy = await world({ config: { attachments: { maxUploads: 1 } } });
      const head = `PUT /phone.send?filename=a HTTP/1.1\r\nHost: h\r\nAuthorization: ${TOKEN}\r\nContent-Length: 50\r\n\r\n`;
      const [first, second] = [await open(busy), await open(busy)];
      first.write(`${head}x`);
      const names = () => readdir(join(busy.dir, 'attachments'));
      await eventually('the first file begins', async () => (await names()).length === 1);
      second.write(`${head}x`);
      await eventually('the second one waits', async () => {
        const answer = await busy.request('/phone.send?filename=b', { method: 'PUT', body: 'x' });
        return answer.status === 503;
      });
      second.destroy();
      first.destroy();
      await eventually('both are gone', async () => (await names()).length === 0);
      // The turn is free a little after the file is gone.
      await eventually('the next one is taken', async () => {
        const answer = await busy.request('/phone.send?filename=b&wait=0', { method: 'PUT', body: 'x' });
        return answer.status === 200;
      });
    });

    it('answers at once when a length beyond the bound is announced', async () => {
      const socket = await open(relay());
      socket.write(
        `PUT /phone.send?filename=a HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: ${TOKEN}\r\nContent-Length: 1000000000\r\n\r\n`,
      );
      const [answer] = await once(socket, 'data');
      expect(String(answer)).to.match(/^HTTP\/1\.1 413 /);
    });
  });

  it('is refused where files are switched off', async () => {
    const off = await world({ config: { attachments: { maxSize: 0 } } });
    const answer = await off.request('/phone.send', {
      method: 'POST',
      body: form({ text: 'x', file: new Blob(['x']) }),
    });
    expect(answer).to.include({ status: 403 });
  });
});
