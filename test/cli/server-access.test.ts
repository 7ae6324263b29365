import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseOptions, UsageError } from '../../server/cli/command.ts';
import { accessOptions, findServer } from '../../server/cli/server-access.ts';
import { ConfigError } from '../../server/config/problems.ts';
import { tempDir } from '../support/temp-dir.ts';
import { world } from '../world.ts';

const find = (args: readonly string[], env: Record<string, string>, cwd: string) =>
  findServer(parseOptions(args, { options: accessOptions, words: [] }), { env, cwd });

async function folder(config?: unknown): Promise<string> {
  const cwd = await tempDir();
  if (config !== undefined) await writeFile(join(cwd, 'config.json'), JSON.stringify(config));
  return cwd;
}

describe('findServer', () => {
  it('prefers options to variables, and variables to the config of this machine', async () => {
    const cwd = await folder({ http: { port: 1, basePath: '/c' }, token: 'config' });
    const env = { HERALD_SERVER: 'localhost:2', HERALD_TOKEN: 'variable' };
    expect(await find(['--server', 'localhost:3', '--token', 'option'], env, cwd)).to.deep.equal({
      http: 'http://localhost:3',
      websocket: 'ws://localhost:3',
      token: 'option',
    });
    expect(await find([], env, cwd)).to.include({ http: 'http://localhost:2', token: 'variable' });
    expect(await find([], {}, cwd)).to.include({ http: 'http://127.0.0.1:1/c', token: 'config' });
    expect(await find([], {}, await folder())).to.include({ http: 'http://127.0.0.1:9093', token: undefined });
  });

  it('never sends the token of this machine to another machine', async () => {
    const cwd = await folder({ token: 'config' });
    expect(await find(['--server', 'elsewhere:9093'], {}, cwd)).to.include({ token: undefined });
    expect(await find(['--server', '[::1]:9093'], {}, cwd)).to.include({ token: 'config' });
  });

  it('finds the token that the relay created at its first start', async () => {
    const relay = await world({ config: { token: '' } });
    const cwd = await folder({ http: { port: 1 }, storage: { dir: relay.dir } });
    expect(await find([], {}, cwd)).to.include({ token: relay.relay.token });
    expect(await find(['--config', join(cwd, 'config.json')], {}, await tempDir())).to.include({
      token: relay.relay.token,
    });
  });

  it('returns no token if keys.json has no usable one', async () => {
    for (const content of [
      '',
      '{',
      '[]',
      'null',
      '{"version":1,"secrets":{}}',
      '{"version":1,"secrets":{"token":5}}',
    ]) {
      const cwd = await folder({ storage: { dir: '.' } });
      await writeFile(join(cwd, 'keys.json'), content);
      expect(await find([], {}, cwd)).to.include({ token: undefined });
      await chmod(join(cwd, 'keys.json'), 0);
      expect(await find([], {}, cwd)).to.include({ token: undefined });
    }
  });

  it('reads the file that HERALD_TOKEN_FILE names, for any relay', async () => {
    const cwd = await folder();
    await writeFile(join(cwd, 'secret'), 'from file\n');
    const env = { HERALD_TOKEN_FILE: 'secret', HERALD_SERVER: 'elsewhere:1' };
    expect(await find([], env, cwd)).to.include({ token: 'from file' });
    const error = await find([], { ...env, HERALD_TOKEN_FILE: 'none' }, cwd).catch((failure: unknown) => failure);
    expect(error).to.be.instanceOf(UsageError);
    expect((error as Error).message).to.equal('HERALD_TOKEN_FILE: the file it names does not exist');
  });

  it('does not read the config if it does not need it', async () => {
    const cwd = await folder({ nonsense: true });
    expect(await find(['--server', 'host', '--token', 't'], {}, cwd)).to.include({ token: 't' });
    expect(await find(['--server', 'elsewhere:1'], {}, cwd)).to.include({ token: undefined });
    expect(await find([], {}, cwd).catch((failure: unknown) => failure)).to.be.instanceOf(ConfigError);
  });

  it('asks for the address of a relay that picks its port', async () => {
    const error = await find([], {}, await folder({ http: { port: 0 } })).catch((failure: unknown) => failure);
    expect((error as Error).message).to.contain('--server');
  });

  it('refuses a wrong address in HERALD_SERVER', async () => {
    const error = await find([], { HERALD_SERVER: 'ftp://x' }, await folder()).catch((failure: unknown) => failure);
    expect((error as Error).message).to.match(/^HERALD_SERVER: expected an address such as/);
  });

  it('works inside a command that `herald listen` runs', async () => {
    const env = { HERALD_MID: '1', HERALD_TEXT: 'x', HERALD_MESSAGE: '{}', HERALD_SEND_TYPE: 'personal' };
    expect(await find([], env, await folder({ token: 't' }))).to.include({ token: 't' });
  });
});
