import { expect } from 'chai';
import { timeText } from '../../server/cli/output.ts';
import { freePort } from '../support/free-port.ts';
import { TOKEN, type World, world } from '../world.ts';
import { cli } from './harness.ts';

const apps = (relay: World, ...args: string[]) => cli(['apps', ...args, '--server', relay.url(), '--token', TOKEN]);

/** The rows of a list, as cells. */
const rowsOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));

describe('herald apps', () => {
  it('creates an app, lists it, adds a key and removes it', async () => {
    const relay = await world({
      config: { apps: [{ id: 'chat', key: 'chat-key', secret: 'hidden', enabled: false }] },
    });
    const made = await apps(relay, 'create', 'shop', '--settings', '{"clientEvents": true}', '--json');
    expect(made.code).to.equal(0);
    const { id, key, secret } = JSON.parse(made.stdout);
    expect(id).to.equal('shop');
    expect(secret).to.match(/^\S{32}$/);
    const rotated = await apps(relay, 'rotate', 'shop', '--keep', '1d12h');
    const until = timeText(relay.clock.now() + 129_600_000);
    expect(rotated.stdout).to.match(/^id {6}shop\nkey {5}\w+\nsecret {2}\S+\nolder {3}good until [\d: -]+\n$/);
    expect(rotated.stdout).to.contain(until);
    const { stdout } = await apps(relay);
    const [heading, relayRow, chat, first, second, ...more] = rowsOf(stdout);
    expect(heading).to.deep.equal(['ID', 'KEYS', 'ENABLED', 'FROM']);
    expect([relayRow?.[0], relayRow?.[3]]).to.deep.equal(['relay', 'built in']);
    expect(chat).to.deep.equal(['chat', 'chat-key', 'no', 'config']);
    expect(first).to.deep.equal(['shop', `${key} (until ${until})`, 'yes', 'registry']);
    expect(second?.[1]).to.match(/^[0-9a-f]{20}$/);
    expect(more).to.deep.equal([]);
    expect(stdout).not.to.contain(secret).and.not.to.contain('hidden');
    expect((await apps(relay, 'remove', 'shop')).stdout).to.equal('shop is removed\n');
  });

  it('ends the older keys at once on request', async () => {
    const relay = await world();
    await apps(relay, 'create', 'shop');
    const rotated = await apps(relay, 'rotate', 'shop', '--keep', '0');
    expect(rotated.stdout).to.match(/^id {6}shop\nkey {5}\w+\nsecret {2}\S+\n$/);
    const { stdout } = await apps(relay, 'list', '--json');
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).keys.length),
    ).to.deep.equal([1, 1]);
  });

  it('names what is wrong with a command line', async () => {
    const relay = await world();
    const wrong: [args: string[], said: string][] = [
      [['burn', 'x'], 'unexpected burn; expected list, create, remove or rotate'],
      [['create'], '<ID> is missing'],
      [['rotate', ''], '<ID> is missing'],
      [['list', 'x'], 'unexpected x'],
      [['remove', 'x', 'y'], 'unexpected y'],
      [['create', 'a', '--settings', '[1]'], '--settings: expected a JSON object'],
      [['create', 'a', '--keep', '1d'], '--keep goes only with rotate'],
      [['list', '--settings', '{}'], '--settings goes only with create'],
      [['rotate', 'a', '--keep', '12'], '--keep: expected 0, or a time such as 12h or 30d'],
    ];
    for (const [args, said] of wrong) {
      expect(await apps(relay, ...args), args.join(' ')).to.deep.equal({
        code: 2,
        stdout: '',
        stderr: `herald: ${said}\n`,
      });
    }
  });

  it('prints what the relay refuses, and changes nothing', async () => {
    const relay = await world({ config: { apps: [{ id: 'chat', key: 'chat-key', secret: 's' }] } });
    await apps(relay, 'create', 'shop');
    const refused: [args: string[], code: number, said: string][] = [
      [['create', 'shop'], 1, 'the id shop is taken'],
      [['create', 'chat'], 1, 'the id chat is taken'],
      [
        ['create', 'a', '--settings', '{"clientEvent":true,"x":1,"limits":{"y":1}}'],
        1,
        'limits.y: unknown key; clientEvent: unknown key; did you mean clientEvents?; x: unknown key',
      ],
      [['create', 'relay'], 1, 'id: expected a unique id other than "relay"'],
      [['create', 'a b'], 1, 'id: expected 1 to 128 letters, digits, "_", "-", "." or "~"'],
      [['create', 'a', '--settings', '{"nonsense": 1}'], 1, 'nonsense: unknown key'],
      [['create', 'a', '--settings', '{"key": "chat-key", "secret": "x"}'], 1, 'expected keys that no other app has'],
      [['rotate', 'shop', '--keep', '400d'], 1, 'keep: expected a time in ms, at most 365 days'],
      [['rotate', 'nobody'], 4, 'there is no app nobody'],
      [['remove', 'nobody'], 4, 'there is no app nobody'],
      [['remove', '../devices'], 4, 'there is no app ../devices'],
      [['rotate', 'chat'], 1, 'the app chat is in the config: change it there'],
      [['remove', 'relay'], 1, 'the app relay belongs to the relay itself'],
    ];
    const before = (await apps(relay, '--json')).stdout;
    for (const [args, code, said] of refused) {
      const server = relay.url().replace(/\/$/, '');
      expect(await apps(relay, ...args), args.join(' ')).to.deep.equal({
        code,
        stdout: '',
        stderr: `herald: ${server}: ${said}\n`,
      });
    }
    expect((await apps(relay, '--json')).stdout).to.equal(before);
  });

  it('needs the token and a running relay', async () => {
    const relay = await world();
    const { auth } = await relay.device('phone');
    const server = relay.url().replace(/\/$/, '');
    const asked = (token: string, of = server) => cli(['apps', 'create', 'shop', '--server', of, '--token', token]);
    expect((await asked('wrong')).stderr).to.contain('refuses the token');
    expect(await asked(auth)).to.deep.equal({
      code: 1,
      stdout: '',
      stderr: `herald: ${server}: apps need the token\n`,
    });
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    const { code, stderr } = await asked(TOKEN, nowhere);
    expect([code, stderr]).to.deep.equal([1, `herald: cannot reach ${nowhere}: nothing listens there\n`]);
  });
});
