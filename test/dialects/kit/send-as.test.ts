import { expect } from 'chai';
import { sharedWorld } from '../../support/shared-world.ts';

describe('a key that sends to a name of a device and a group', () => {
  const relay = sharedWorld();
  const post = (path: string, body: unknown, token?: string) =>
    relay().request(path, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    });
  const keyFor = async (name: string, settings: object) =>
    (await post('/v1/keys', { name, ...settings })).json.key as string;
  const textsOf = async (device: string) =>
    (await relay().request(`/v1/devices/${device}/messages`)).json.messages.map(
      ({ message }: { message: { text: string } }) => message.text,
    );

  before(async () => {
    await post('/v1/devices', { name: 'den' });
    await post('/v1/devices', { name: 'lamp', groups: ['den'] });
  });

  it('reaches those of them that are its own, and the others never', async () => {
    const keys = {
      device: await keyFor('device', { device: 'den' }),
      group: await keyFor('group', { group: 'den' }),
      both: await keyFor('both', { send: ['den'] }),
    };
    for (const [text, key] of Object.entries(keys)) expect((await post('/den', text, key)).status, text).to.equal(200);
    expect(await textsOf('den')).to.deep.equal(['device', 'both']);
    expect(await textsOf('lamp')).to.deep.equal(['group', 'both']);
  });

  it('sends to its group before anybody is in it, and is refused elsewhere', async () => {
    const key = await keyFor('early', { group: 'family' });
    expect((await post('/family', 'first', key)).status).to.equal(200);
    const { status, json } = await post('/den', 'no', key);
    expect([status, json.code]).to.deep.equal([403, 40301]);
    const { text } = await relay().request('/family/json?poll=1');
    expect(text).to.contain('first');
  });
});
