import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { twoWorlds } from '../../support/redis/worlds.ts';

describe('mpush over two nodes', () => {
  it('brings a message from the one to a device on the other, and its word back', async () => {
    const [one, two] = await twoWorlds();
    const device = await two.device('phone', { acknowledge: true });
    const sent = await one.request('/phone.send?text=hi');
    expect(sent.json.data.status).to.deep.equal({ phone: 'ok' });
    const { data } = await device.packet('MESSAGE');
    expect(data).to.deep.include({ mid: sent.json.data.mid });
  });

  it('keeps messages for a device, and brings them in order to whichever node it comes to', async () => {
    const [one, two] = await twoWorlds();
    const gone = await one.device('phone');
    gone.ws.close();
    await gone.closed;
    await eventually('it is away', async () => {
      const { json } = await two.request('/v1/devices');
      return JSON.stringify(json).includes('"online":false');
    });
    const mids: string[] = [];
    for (const text of ['1', '2', '3', '4', '5'])
      mids.push((await (Number(text) % 2 ? one : two).request(`/phone.send?text=${text}&wait=0`)).json.data.mid);
    const device = await two.device('phone', { acknowledge: true });
    const got: string[] = [];
    for (const _ of mids) got.push((await device.packet('MESSAGE')).data.mid);
    expect(got).to.deep.equal(mids);
    await eventually('all are settled', async () => {
      const { json } = await one.request('/v1/devices');
      return JSON.stringify(json).includes('"queued":0');
    });
  });

  it('tells a group on both nodes', async () => {
    const [one, two] = await twoWorlds();
    const devices = [
      await one.device('a', { group: 'g', acknowledge: true }),
      await two.device('b', { group: 'g', acknowledge: true }),
      await two.device('c', { group: 'g', acknowledge: true }),
    ];
    const sent = await one.request('/g.group?text=hi');
    expect(sent.json.data.status).to.deep.equal({ a: 'ok', b: 'ok', c: 'ok' });
    for (const device of devices) expect((await device.packet('MESSAGE')).data.mid).to.equal(sent.json.data.mid);
  });
});
