import { expect } from 'chai';
import type { TestSocket } from '../../support/socket.ts';
import { TOKEN, world } from '../../world.ts';
import { ACCEPTED } from './requests.ts';

const INVALID = '{"cmd":"AUTH","data":{"code":403,"msg":"Token invalid"}}';
/** What the relay answers to one frame. */
async function answerTo(socket: TestSocket, packet: unknown): Promise<string> {
  socket.send(packet);
  return socket.next();
}

describe('AUTH', () => {
  const authenticate = (socket: TestSocket, name: string, group?: unknown) =>
    answerTo(socket, { cmd: 'AUTH', data: { token: TOKEN, name, group } });

  it('again with the same name changes nothing but the groups', async () => {
    const relay = await world();
    const device = await relay.device('a', { group: 'one' });
    expect(await authenticate(device, 'a', 'two')).to.match(ACCEPTED);
    await device.settle();
    expect(relay.relay.devices()).to.deep.equal(['a']);
    expect((await relay.request('/one.group?wait=0&text=x')).json.data.status).to.deep.equal({});
    expect((await relay.request('/two.group?wait=0&text=x')).json.data.status).to.deep.equal({ a: 'wait' });
    expect((await device.packet('MESSAGE')).data.target).to.equal('two');
  });

  it('again does not repeat what is on its way', async () => {
    const relay = await world();
    const device = await relay.device('a');
    await relay.request('/a.send?wait=0&text=x');
    await device.packet('MESSAGE');
    expect(await authenticate(device, 'a')).to.match(ACCEPTED);
    await device.settle();
    expect(device.frames.filter((frame) => frame.startsWith('{"cmd":"MESSAGE"'))).to.have.length(1);
  });

  it('with another name moves the socket there', async () => {
    const relay = await world();
    const device = await relay.device('a');
    expect(await authenticate(device, 'b')).to.match(ACCEPTED);
    expect((await relay.request('/a.send?wait=0&text=x')).json.data.a).to.equal('ready');
    expect((await relay.request('/b.send?wait=0&text=x')).json.data.b).to.equal('wait');
    expect((await device.packet('MESSAGE')).data.target).to.equal('b');
    const back = await relay.device('a');
    expect((await back.packet('MESSAGE')).data.target).to.equal('a');
    await device.settle();
  });

  it('that is refused leaves the socket what it was', async () => {
    const relay = await world();
    const device = await relay.device('a');
    device.send({ cmd: 'AUTH', data: { token: 'x', name: 'b' } });
    expect(await device.next()).to.equal(INVALID);
    expect((await relay.request('/a.send?wait=0&text=x')).json.data.a).to.equal('wait');
  });

  it('by another socket takes the name over, closing the first with 4409', async () => {
    const relay = await world();
    const old = await relay.device('a', { group: 'one' });
    await relay.request('/a.send?wait=0&text=open');
    const young = await relay.socket();
    young.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'a', group: 'two' } });
    expect(await young.next()).to.match(ACCEPTED);
    expect((await young.packet()).data.message.text).to.equal('open');
    expect(await old.closed).to.deep.equal({ code: 4409, reason: 'taken over' });
    expect((await relay.request('/one.group?wait=0&text=x')).json.data.status).to.deep.equal({});
    expect((await relay.request('/two.group?wait=0&text=x')).json.data.status).to.deep.equal({ a: 'wait' });
    expect((await relay.request('/a.send?wait=0&text=x')).json.data.a).to.equal('wait');
  });

  it('on a socket that is being closed does not take the name back', async () => {
    const relay = await world();
    const old = await relay.device('a');
    old.ws.pause();
    const young = await relay.device('a');
    old.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'a' } });
    for (let i = 0; i < 3; i += 1) await young.settle();
    expect((await relay.request('/a.send?wait=0&text=x')).json.data.a).to.equal('wait');
    await young.packet('MESSAGE');
    old.ws.resume();
    expect((await old.closed).code).to.equal(4409);
  });

  it("refuses a webhook's name", async () => {
    const clients = [{ name: 'wh1', url: 'http://127.0.0.1:9/', method: 'GET' }];
    const relay = await world({ config: { webhook: { clients } } });
    expect(await authenticate(await relay.socket(), 'wh1')).to.equal(
      '{"cmd":"AUTH","data":{"code":403,"msg":"The name [wh1] is already used"}}',
    );
  });

  it('takes groups as one text, several, or a list', async () => {
    const relay = await world();
    await authenticate(await relay.socket(), 'a', 'x, y,,x');
    await authenticate(await relay.socket(), 'b', ['y', 'z']);
    await authenticate(await relay.socket(), 'c', 5);
    await authenticate(await relay.socket(), 'd', null);
    const { json } = await relay.request('/v1/devices');
    const groups = json.devices.map(({ groups }: { groups: string[] }) => groups);
    expect(groups).to.deep.equal([['x', 'y'], ['y', 'z'], ['5'], []]);
  });
});

describe('UNREGISTER', () => {
  it('forgets the device, its queue and its pushes, and closes without a code', async () => {
    const relay = await world();
    const device = await relay.device('a');
    const sending = relay.request('/a.send?text=x');
    await device.packet('MESSAGE');
    device.send({ cmd: 'UNREGISTER' });
    expect(await device.closed).to.deep.equal({ code: 1005, reason: '' });
    expect((await sending).json.data.a).to.equal('failed');
    expect(relay.relay.devices()).to.deep.equal([]);
    expect((await relay.request('/a.send?text=x')).json.data.a).to.equal('no');
    const again = await relay.device('a');
    await again.settle();
    expect(again.frames.some((frame) => frame.includes('MESSAGE'))).to.equal(false);
  });
});
