import { expect } from 'chai';
import { TOKEN, type World, world } from '../world.ts';
import { cli } from './harness.ts';

const apps = (relay: World, ...args: string[]) => cli(['apps', ...args, '--server', relay.url(), '--token', TOKEN]);

describe('herald apps', () => {
  it('makes an app, lists it, gives it a new key and removes it', async () => {
    const relay = await world();
    const made = await apps(relay, 'create', 'shop', '--settings', '{"clientEvents": true}', '--json');
    expect(made.code).to.equal(0);
    const { key, secret } = JSON.parse(made.stdout);
    expect(secret).to.be.a('string');
    const rotated = await apps(relay, 'rotate', 'shop', '--retire');
    expect(rotated.stdout).to.match(/^id {6}shop\nkey {5}\w+\nsecret {2}\S+\n$/);
    const { stdout } = await apps(relay);
    const lines = stdout.split('\n').map((line) => line.split(/ {2,}/));
    expect(lines[0]).to.deep.equal(['ID', 'KEYS', 'ENABLED', 'FROM']);
    expect(lines[1]?.[0]).to.equal('relay');
    expect(lines[2]?.[1]).to.match(new RegExp(`^${key} \\(retired\\), \\w+$`));
    expect((await apps(relay, 'remove', 'shop')).stdout).to.equal('shop is removed\n');
    expect((await apps(relay, 'remove', 'shop')).code).to.equal(4);
  });

  it('refuses wrong words and options', async () => {
    const relay = await world();
    const wrong = [['burn', 'x'], ['create'], ['list', 'x'], ['create', 'a', '--settings', '[1]']];
    for (const args of wrong) expect((await apps(relay, ...args)).code, args.join(' ')).to.equal(2);
    expect((await apps(relay, 'create', 'a', '--settings', '{"nonsense": 1}')).code).to.equal(1);
  });
});
