import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { tempDir } from '../../support/temp-dir.ts';
import { TOKEN, world } from '../../world.ts';

const run = promisify(execFile);
const AUTHORIZATION = ['-H', `Authorization: ${TOKEN}`];

/** Runs curl against a relay with the device `a`, and gives what it printed and what arrived. */
async function curl(args: (url: (path: string) => string) => readonly string[], input?: string) {
  const relay = await world();
  const device = await relay.device('a', { acknowledge: true });
  const running = run('curl', ['--silent', '--show-error', '--noproxy', '*', ...args((path) => relay.url(path))]);
  if (input !== undefined) running.child.stdin?.end(input);
  const { stdout } = await running;
  const { data } = await device.packet('MESSAGE');
  expect(stdout).to.equal(`{"cmd":"MESSAGE_REPLY","data":{"mid":"${data.mid}","status":{"a":"ok"},"a":"ok"}}`);
  return data.message;
}

describe('curl', () => {
  it('sends with a URL alone', async () => {
    expect(await curl((url) => [url(`/a.send?token=${TOKEN}&text=hi`)])).to.deep.equal({
      text: 'hi',
      desp: '',
      extra: {},
    });
  });

  it('sends what a Chinese user types, and with bytes that are not UTF-8 learns why not', async () => {
    expect(await curl((url) => [...AUTHORIZATION, `${url('/a.send')}?text=你好`])).to.deep.equal({
      text: '你好',
      desp: '',
      extra: {},
    });
    const relay = await world();
    const { stdout } = await run('curl', ['-s', ...AUTHORIZATION, relay.url('/a.send?text=%C4%E3')]);
    expect(stdout).to.equal('{"cmd":"INFO","data":"expected text in UTF-8"}');
  });

  it('sends to a group and a device with raw bytes in their names', async () => {
    const relay = await world();
    const device = await relay.device('手机', { acknowledge: true, group: '家' });
    for (const path of ['/手机.send?text=一', '/家.group?text=二']) {
      const { stdout } = await run('curl', ['-s', ...AUTHORIZATION, relay.url(path)]);
      expect(JSON.parse(stdout).data.status).to.deep.equal({ 手机: 'ok' });
    }
    expect((await device.packet('MESSAGE')).data.message.text).to.equal('一');
  });

  it('sends text with -d', async () => {
    const message = await curl((url) => [...AUTHORIZATION, '-d', 'backup done', url('/a.send')]);
    expect(message).to.deep.equal({ text: '', desp: 'backup done', extra: {} });
  });

  it('sends a form with -d and --data-urlencode', async () => {
    const message = await curl((url) => [
      ...AUTHORIZATION,
      '-d',
      'text=磁盘',
      '--data-urlencode',
      'desp=90% & more',
      url('/a.send'),
    ]);
    expect(message).to.deep.equal({ text: '磁盘', desp: '90% & more', extra: {} });
  });

  it('sends stdin with -T -', async () => {
    const message = await curl((url) => [...AUTHORIZATION, '-T', '-', url('/a.send?text=log')], 'line 1\nline 2\n');
    expect(message).to.deep.equal({ text: 'log', desp: 'line 1\nline 2\n', extra: {} });
  });

  it('sends a file with -F', async () => {
    const file = join(await tempDir(), 'report.log');
    await writeFile(file, 'all well\n');
    const message = await curl((url) => [...AUTHORIZATION, '-F', 'text=report', '-F', `desp=@${file}`, url('/a.send')]);
    expect(message).to.deep.equal({ text: 'report', desp: 'all well\n', extra: {} });
  });

  it('sends JSON', async () => {
    const message = await curl((url) => [
      ...AUTHORIZATION,
      '-H',
      'Content-Type: application/json',
      '-d',
      '{"text":"x","n":1}',
      url('/a.send'),
    ]);
    expect(message).to.deep.equal({ text: 'x', desp: '', extra: { n: 1 } });
  });

  it('sends a large body, for which it asks first', async () => {
    const text = 'x'.repeat(100_000);
    const message = await curl(
      (url) => [...AUTHORIZATION, '-H', 'Expect: 100-continue', '-d', '@-', url('/a.send')],
      text,
    );
    expect(message.desp).to.equal(text);
  });

  it('is refused with the status it can exit with', async () => {
    const relay = await world();
    const failure = await run('curl', ['-sf', '--noproxy', '*', relay.url('/a.send')]).catch((error: unknown) => error);
    expect(failure).to.have.property('code', 22);
  });
});
