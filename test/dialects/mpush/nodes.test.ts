import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { twoWorlds } from '../../support/redis/worlds.ts';
import { TOKEN } from '../../world.ts';

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

  it('tells the sender that devices have a message and do not acknowledge it, whichever node they belong to', async () => {
    const [one, two] = await twoWorlds();
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const phones = [];
    for (const name of names) phones.push(await two.device(name, { group: 'all' }));
    const desk = await one.socket();
    desk.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'desk', events: true } });
    await desk.packet('AUTH');
    desk.send({ cmd: 'MESSAGE', data: { sendType: 'group', target: 'all', message: { text: 'hi' }, wait: 0 } });
    const { data } = await desk.packet('MESSAGE_REPLY');
    const told = new Map(Object.entries(data.status));
    // Some of them were perhaps told with the reply.
    while ([...told.values()].some((status) => status !== 'wait')) {
      const { mid, name, status } = (await desk.packet('STATUS')).data;
      expect([mid, status]).to.deep.equal([data.mid, 'wait']);
      told.set(name, status);
    }
    phones[0]?.send({ cmd: 'MESSAGE_CALLBACK', data: { mid: data.mid } });
    let last = '';
    while (last !== 'a ok') {
      const { name, status } = (await desk.packet('STATUS')).data;
      last = `${name} ${status}`;
    }
    const { json } = await one.request('/all.group?text=hi&wait=1500');
    expect(json.data.status).to.deep.equal(Object.fromEntries(names.map((name) => [name, 'wait'])));
  });

  it('leaves a name to the last socket that takes it, and closes it when the device is removed elsewhere', async () => {
    const [one, two] = await twoWorlds();
    const first = await one.device('phone');
    const second = await two.device('phone');
    expect(await first.closed).to.deep.equal({ code: 4409, reason: 'taken over' });
    const sent = await one.request('/phone.send?text=hi&wait=0');
    expect((await second.packet('MESSAGE')).data.mid).to.equal(sent.json.data.mid);
    expect((await one.request('/v1/devices/phone', { method: 'DELETE' })).status).to.equal(200);
    expect(await second.closed).to.deep.equal({ code: 4410, reason: 'removed' });
  });

  it('leaves one of several sockets that take a name on two nodes at once', async () => {
    const [one, two] = await twoWorlds();
    await one.device('phone');
    // Some are closed before they hear that they are in.
    const answers = await Promise.allSettled([one, two, one, two].map((node) => node.device('phone')));
    const devices = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    const open = () => devices.filter(({ ws }) => ws.readyState === ws.OPEN);
    await eventually('all others are closed', () => open().length === 1);
    const { json } = await two.request('/phone.send?text=hi&wait=0');
    expect((await open()[0]?.packet('MESSAGE'))?.data.mid).to.equal(json.data.mid);
    expect(open()).to.have.length(1);
  });

  it('renames a device only when it has all messages, on whichever node they were accepted', async () => {
    const [one, two] = await twoWorlds();
    const device = await one.device('phone');
    device.ws.close();
    await two.request('/phone.send?text=hi&wait=0');
    const rename = () => one.request('/v1/devices/phone', { method: 'PATCH', body: JSON.stringify({ name: 'pixel' }) });
    const refused = await rename();
    expect([refused.status, refused.json.error]).to.deep.equal([
      503,
      'messages are still on their way to phone; try again when it has them',
    ]);
    const again = await two.device('phone', { acknowledge: true });
    await again.packet('MESSAGE');
    await eventually('it is renamed', async () => (await rename()).status === 200);
    expect(await again.closed).to.deep.equal({ code: 4410, reason: 'removed' });
  });
});
