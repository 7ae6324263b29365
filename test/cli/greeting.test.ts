import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { type GreetingRelay, greeting } from '../../server/cli/greeting.ts';

const TOKEN = `it's a "$HOME" \`id\` \\ !! %s {a,b} 张é`;

function relayWith(parts: Partial<GreetingRelay> = {}): GreetingRelay {
  return {
    ports: { http: 9093, websocket: 9093 },
    token: TOKEN,
    isTokenNew: false,
    devices: () => [],
    createPairing: async () => '/#pair=K7Q2MF9X3B5C',
    ...parts,
  };
}

const http = { host: '127.0.0.1', basePath: '', verifyToken: true };
const config = { token: undefined, http, storage: { dir: '/srv/herald' } };

/** The arguments of the printed curl line, as a shell reads them. */
async function argumentsOf(text: string, env: Record<string, string> = {}): Promise<string[]> {
  const [, line = ''] = /^ {2}Send {6}curl (.*)$/m.exec(text) ?? [];
  const { stdout } = await promisify(execFile)('sh', ['-c', `printf '%s\\0' ${line}`], { env });
  return stdout.split('\0').slice(0, -1);
}

describe('greeting', () => {
  it('shows the token and a pairing link on a terminal, and draws the link', async () => {
    const text = await greeting(relayWith(), config, true);
    expect(await argumentsOf(text)).to.deep.equal([
      '-H',
      `Authorization: ${TOKEN}`,
      'http://127.0.0.1:9093/phone.send?text=hello',
    ]);
    expect(text).to.contain('  Receive   http://127.0.0.1:9093/#pair=K7Q2MF9X3B5C\n');
    expect(text).to.match(/[\u2580-\u259f]{4}/);
  });

  it('quotes for the shells of Windows', async () => {
    const inPowerShell = await greeting(relayWith(), config, true, 'powershell');
    const token = TOKEN.replaceAll("'", "''");
    expect(inPowerShell).to.contain(
      `curl.exe -H 'Authorization: ${token}' 'http://127.0.0.1:9093/phone.send?text=hello'`,
    );
    const inCmd = await greeting(relayWith(), config, false, 'cmd');
    expect(inCmd).to.contain('curl -H "Authorization: %HERALD_TOKEN%" "http://127.0.0.1:9093/phone.send?text=hello"');
  });

  it('shows both without a terminal if the token is new', async () => {
    const text = await greeting(relayWith({ isTokenNew: true }), config, false);
    expect(text).to.contain('Authorization: it').and.to.contain('#pair=');
    expect(text).to.not.match(/[\u2580-\u259f]{4}/);
  });

  it('names the commands for both in other outputs, and creates no pairing code', async () => {
    const createPairing = () => {
      throw new Error('nobody asked for a code');
    };
    const text = await greeting(relayWith({ createPairing }), config, false);
    expect(text).to.not.contain(TOKEN);
    expect(text).to.contain('the token is kept in the data directory; herald token prints it\n');
    expect(text).to.contain('  Receive   herald pair prints');
    const [, header] = await argumentsOf(text, { HERALD_TOKEN: TOKEN });
    expect(header).to.equal(`Authorization: ${TOKEN}`);
    expect(await greeting(relayWith({ createPairing }), { ...config, token: TOKEN }, false)).to.contain(
      'the token is set in the config or by HERALD_TOKEN; herald token prints it\n',
    );
  });

  it('shows no token if the relay needs none', async () => {
    const text = await greeting(relayWith(), { ...config, http: { ...http, verifyToken: false } }, false);
    expect(await argumentsOf(text)).to.deep.equal(['http://127.0.0.1:9093/phone.send?text=hello']);
    expect(text).to.not.contain('herald token');
  });

  it('uses the first known device in its example', async () => {
    const text = await greeting(relayWith({ devices: () => ["a b'c?", 'z'] }), config, true);
    expect((await argumentsOf(text)).at(-1)).to.equal("http://127.0.0.1:9093/a%20b'c%3F.send?text=hello");
  });

  it('shows the public address, and https with a certificate of its own', async () => {
    const url = 'https://herald.example.com/mpush/';
    const text = await greeting(relayWith(), { ...config, http: { ...http, host: '', url } }, true);
    expect((await argumentsOf(text)).at(-1)).to.equal('https://herald.example.com/mpush/phone.send?text=hello');
    expect(text).to.contain('  Receive   https://herald.example.com/mpush/#pair=K7Q2MF9X3B5C\n');
    const own = await greeting(relayWith(), { ...config, http: { ...http, host: '::1', tls: {} } }, true);
    expect((await argumentsOf(own)).at(-1)).to.equal('https://[::1]:9093/phone.send?text=hello');
  });

  it('says that notifications need https where the phone would use http', async () => {
    const line = 'notifications on a phone need https, which takes two lines: http://192.168.1.20:9093/docs/https\n';
    const shown = async (host: string, more = {}) =>
      (await greeting(relayWith(), { ...config, http: { ...http, host, ...more } }, true)).includes(line);
    expect([
      await shown('192.168.1.20'),
      await shown('192.168.1.20', { tls: {} }),
      await shown('192.168.1.20', { url: 'https://herald.example.com' }),
      await shown('127.0.0.1'),
      await shown('::1'),
    ]).to.deep.equal([true, false, false, false, false]);
  });

  it('shows the configured address, and a separate port for sockets', async () => {
    const ports = { http: 80, websocket: 81 };
    const text = await greeting(
      relayWith({ ports }),
      { ...config, http: { ...http, host: '::1', basePath: '/mpush' } },
      true,
    );
    expect(text).to.contain('http://[::1]:80/mpush/phone.send').and.to.contain('  Sockets   port 81\n');
    expect(await greeting(relayWith(), { ...config, http: { ...http, host: '0.0.0.0' } }, true)).to.contain(
      'http://localhost:9093/phone.send',
    );
  });

  it('says where the data is', async () => {
    expect(await greeting(relayWith(), config, false)).to.contain('\n  Data      /srv/herald\n');
    const shared = await greeting(relayWith(), { ...config, redis: { prefix: 'herald' } }, false);
    expect(shared).to.contain('\n  Data      Redis, under the prefix herald\n');
  });
});
