import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { tempDir } from '../support/temp-dir.ts';
import { world } from '../world.ts';
import { cli, start } from './harness.ts';

const env = { LOG_LEVEL: 'silent' };

async function folder(config: unknown): Promise<string> {
  const cwd = await tempDir();
  await writeFile(join(cwd, 'config.json'), JSON.stringify(config));
  return cwd;
}

describe('herald serve', () => {
  it('creates a token at the first start, prints it, and uses it for commands on this machine', async () => {
    const cwd = await folder({ http: { port: 0, host: '127.0.0.1' } });
    const relay = await start(['serve'], { cwd, env });
    await relay.stdout.until('Receive');
    const keys = JSON.parse(await readFile(join(cwd, 'data', 'keys.json'), 'utf8'));
    expect(relay.stdout.text).to.contain(`-H 'Authorization: ${keys.secrets.token}'`);
    const [, port] = /http:\/\/127\.0\.0\.1:(\d+)\/phone\.send/.exec(relay.stdout.text) ?? [];
    const local = { cwd, env: { HERALD_HTTP__PORT: port ?? '' } };
    expect(await cli(['send', 'phone', 'hi'], local)).to.include({ code: 4, stdout: 'phone  no\n' });
    relay.stop();
    expect((await relay.result).code).to.equal(0);
  });

  it('prints no secret at a later start into a pipe', async () => {
    const cwd = await folder({ http: { port: 0, host: '127.0.0.1' } });
    const first = await start(['serve'], { cwd, env });
    await first.stdout.until('Receive');
    first.stop();
    await first.result;
    const token = (await cli(['token'], { cwd })).stdout.trim();
    expect(first.stdout.text).to.contain(token).and.to.contain('#pair=');

    const later = await start(['serve'], { cwd, env });
    await later.stdout.until('Receive');
    expect(later.stdout.text).to.contain('herald token').and.to.contain('herald pair');
    expect(later.stdout.text).to.not.contain(token).and.to.not.contain('#pair=');
  });

  it('draws the QR code of the page only on a terminal', async () => {
    const cwd = await folder({ http: { port: 0 } });
    const relay = await start([], { cwd, env, terminal: true });
    await relay.stdout.until('Receive');
    relay.stop();
    expect((await relay.result).stdout).to.match(/[\u2580-\u259f]{4}/);
  });

  it('says in one line that the port is in use', async () => {
    const { http: port } = (await world()).relay.ports;
    const cwd = await folder({ http: { port, host: '127.0.0.1' } });
    expect(await cli(['serve'], { cwd, env })).to.deep.equal({
      code: 1,
      stdout: '',
      stderr: `herald: port ${port} is in use by another program\n`,
    });
  });

  for (const [what, host, problem] of [
    ['an address that is not its own', '192.0.2.77', 'http.host 192.0.2.77 is no address of this machine'],
    ['a name that nobody knows', 'a..b', 'http.host a..b is no host name that this machine knows'],
  ] as const) {
    it(`says in one line that it cannot listen at ${what}`, async () => {
      const { code, stderr } = await cli(['serve'], { cwd: await folder({ http: { port: 0, host } }), env });
      expect(code).to.equal(1);
      expect(stderr.split(' (')[0]?.trim()).to.equal(`herald: ${problem}`);
      expect(stderr.trim().split('\n')).to.have.lengthOf(1);
    });
  }

  it('says in one line that the data directory is in use', async () => {
    const relay = await world();
    const cwd = await folder({ http: { port: 0 }, storage: { dir: relay.dir } });
    expect(await cli(['serve'], { cwd, env })).to.deep.equal({
      code: 1,
      stdout: '',
      stderr: `herald: data directory ${relay.dir} is in use by another Herald process\n`,
    });
  });

  it('takes port, host, data directory and token from options, from the folder where it runs', async () => {
    const cwd = await folder({ http: { port: 1, host: '192.0.2.77' }, token: 'file', storage: { dir: 'other' } });
    await writeFile(join(cwd, 'secret'), 'from a file\n');
    const options = ['--port', '0', '--host', '127.0.0.1', '--data-dir', 'here', '--token-file', 'secret'];
    const relay = await start(['serve', ...options], {
      cwd,
      env: { ...env, HERALD_HTTP__PORT: '2', HERALD_TOKEN: 'v' },
    });
    await relay.stdout.until('Data');
    expect(relay.stdout.text).to.contain(`  Data      ${join(cwd, 'here')}\n`);
    const [, url = ''] = /(http:\/\/127\.0\.0\.1:\d+)\/phone\.send/.exec(relay.stdout.text) ?? [];
    const answer = await fetch(`${url}/v1/devices`, { headers: { authorization: 'from a file' } });
    expect(answer.status).to.equal(200);
    expect((await cli(['doctor', '--data-dir', 'here'], { cwd })).stdout).to.contain(join(cwd, 'here'));
  });

  it('names the option or variable that an unknown option probably means', async () => {
    const cases = {
      '--prot': 'did you mean --port, or the variable HERALD_HTTP__PORT?',
      '--datadir': 'did you mean --data-dir, or the variable HERALD_STORAGE__DIR?',
      '--base-path': 'set HERALD_HTTP__BASE_PATH, or the same in the config',
      '--http-url': 'set HERALD_HTTP__URL, or the same in the config',
      '--max-devces': 'did you mean the variable HERALD_STORAGE__MAX_DEVICES?',
      '--acept-loss': 'did you mean --accept-loss?',
      '--token': 'use --token-file, or HERALD_TOKEN or HERALD_TOKEN_FILE',
    };
    for (const [option, advice] of Object.entries(cases)) {
      const { code, stderr } = await cli(['serve', option, '1']);
      expect({ code, stderr }).to.deep.equal({ code: 2, stderr: `herald: unknown option ${option}; ${advice}\n` });
    }
  });

  it('refuses wrong options with what it expected, and makes no data directory', async () => {
    const cwd = await tempDir();
    for (const [options, problem] of [
      [['--port', '65536'], '--port: expected a number from 0 to 65535'],
      [['--port', ''], '--port: expected a number from 0 to 65535'],
      [['--data-dir', ''], '--data-dir: expected a folder'],
      [['--token-file', 'none'], '--token-file: the file it names does not exist'],
      [['--port'], '--port needs a value'],
    ] as const) {
      const { code, stderr } = await cli(['serve', ...options], { cwd, env });
      expect({ code, stderr }).to.have.property('code', 2);
      expect(stderr).to.contain(problem);
    }
    expect(await readdir(cwd)).to.deep.equal([]);
  });

  it('refuses an invalid config with all problems at once, and an invalid LOG_LEVEL', async () => {
    const cwd = await folder({ http: { port: -1 }, nonsense: 1 });
    const { code, stderr } = await cli(['serve'], { cwd, env });
    expect(code).to.equal(2);
    expect(stderr).to.contain('http.port').and.to.contain('nonsense');
    const wrong = await cli(['serve'], { cwd, env: { LOG_LEVEL: 'loud' } });
    expect(wrong.code).to.equal(2);
    expect(wrong.stderr).to.match(/^herald: LOG_LEVEL must be one of trace, /);
  });
});
