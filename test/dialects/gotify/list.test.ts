import { expect } from 'chai';
import { sharedWorld } from '../../support/shared-world.ts';
import { basic, makeKey, send } from './helpers.ts';

interface Row {
  readonly id: number;
  readonly message: string;
  readonly appid: number;
}

describe('gotify: GET and DELETE /message', () => {
  const relay = sharedWorld();
  let count = 0;

  /** A group with two clients and an application. */
  async function family() {
    count += 1;
    const group = `family-${count}`;
    const client = (name: string) =>
      makeKey(relay(), `${name} ${count}`, {
        device: `${name}-${count}`,
        groups: [group],
        send: [group],
        receive: [`${name}-${count}`],
      });
    const [phone, tablet] = [await client('phone'), await client('tablet')];
    const app = await makeKey(relay(), `app ${count}`, { group });
    const say = async (...messages: readonly string[]) => {
      const ids: number[] = [];
      for (const message of messages) ids.push((await send(relay(), app.key, { message })).json.id);
      return ids;
    };
    return { group, phone, tablet, app, say, device: `phone-${count}`, other: `tablet-${count}` };
  }

  const get = (path: string, key: string) => relay().fetch(path, { headers: { 'x-gotify-key': key } });
  const drop = (path: string, key: string) =>
    relay().fetch(path, { method: 'DELETE', headers: { 'x-gotify-key': key } });
  const idsOf = (json: { messages: readonly Row[] }) => json.messages.map(({ id }) => id);

  it('pages backwards, the newest first, with the keys in the order of the original', async () => {
    const { phone, say } = await family();
    const ids = await say('1', '2', '3', '4', '5');
    const first = await get('/message?limit=2', phone.key);
    expect(
      first.text.startsWith(
        `{"paging":{"next":"/message?limit=2&since=${ids[3]}","size":2,"since":${ids[3]},"limit":2},"messages":[{"id":`,
      ),
    ).to.equal(true);
    const second = (await get(first.json.paging.next, phone.key)).json;
    const last = (await get(second.paging.next, phone.key)).json;
    expect([first.json, second, last].map(idsOf)).to.deep.equal([[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]]);
    expect(last.paging).to.deep.equal({ size: 1, since: 0, limit: 2 });
    expect((await get(`/message?since=${ids[0]}`, phone.key)).text).to.equal(
      '{"paging":{"size":0,"since":0,"limit":100},"messages":[]}',
    );
    expect(idsOf((await get('/message?since=2147483647', phone.key)).json)).to.deep.equal(ids.toReversed());
  });

  it('has exactly one page where the limit fits, and none for a new client', async () => {
    const { phone, say } = await family();
    expect((await get('/message', phone.key)).text).to.equal(
      '{"paging":{"size":0,"since":0,"limit":100},"messages":[]}',
    );
    await say('1', '2');
    expect((await get('/message?limit=2', phone.key)).json.paging).to.deep.equal({ size: 2, since: 0, limit: 2 });
  });

  it('shows to each client what was addressed to its device, whoever sent it, with ids that rise for each', async () => {
    const { phone, tablet, device, group, say } = await family();
    await say('1');
    await relay().request(`/${device}.send?text=2&wait=0`);
    await relay().request(`/${group}.group?text=3&wait=0`);
    await say('4');
    const mine: Row[] = (await get('/message', phone.key)).json.messages;
    const theirs: Row[] = (await get('/message', tablet.key)).json.messages;
    expect(mine.map(({ message }) => message)).to.deep.equal(['4', '3', '2', '1']);
    expect(theirs.map(({ message }) => message)).to.deep.equal(['4', '3', '1']);
    for (const rows of [mine, theirs]) {
      expect(rows.map(({ id }) => id)).to.deep.equal(rows.map(({ id }) => id).toSorted((a, b) => b - a));
    }
    expect(theirs.map(({ id }) => id)).to.deep.equal(mine.filter(({ message }) => message !== '2').map(({ id }) => id));
  });

  it('shows the messages of one application', async () => {
    const { phone, app, device, say } = await family();
    const ids = await say('1', '2', '3');
    await relay().request(`/${device}.send?text=x&wait=0`);
    const page = (await get(`/application/${app.number}/message?limit=2`, phone.key)).json;
    expect(idsOf(page)).to.deep.equal([ids[2], ids[1]]);
    expect(page.paging.next).to.equal(`/application/${app.number}/message?limit=2&since=${ids[1]}`);
    expect(
      (await get('/application/1/message', phone.key)).json.messages.map(({ message }: Row) => message),
    ).to.deep.equal(['x']);
  });

  it('counts a page as received, but not one message that is only looked at', async () => {
    const { phone, device, say } = await family();
    await say('1', '2');
    const statuses = async () =>
      (await relay().request(`/v1/devices/${device}/messages`)).json.messages.map(
        ({ status }: { status: string }) => status,
      );
    await get('/message?limit=1', phone.key);
    expect(await statuses()).to.deep.equal(['ready', 'ready']);
    await get('/message?limit=10', phone.key);
    expect(await statuses()).to.deep.equal(['ok', 'ok']);
  });

  it('deletes one message for this client alone, and counts it as read', async () => {
    const { phone, tablet, device, other, say } = await family();
    const ids = await say('1', '2');
    const { status, text } = await drop(`/message/${ids[0]}`, phone.key);
    expect([status, text]).to.deep.equal([200, '']);
    expect(idsOf((await get('/message', phone.key)).json)).to.deep.equal([ids[1]]);
    expect(idsOf((await get('/message', tablet.key)).json)).to.deep.equal([ids[1], ids[0]]);
    expect((await relay().request(`/v1/devices/${device}/messages`)).json.messages).to.have.length(1);
    expect(
      (await relay().request(`/v1/devices/${other}/messages`)).json.messages.map(({ read }: { read: boolean }) => read),
    ).to.deep.equal([true, false]);
    const again = await drop(`/message/${ids[0]}`, phone.key);
    expect([again.status, again.json.errorDescription]).to.deep.equal([404, 'message does not exist']);
    expect((await say('3'))[0]).to.be.greaterThan(ids[1] ?? 0);
  });

  it('deletes all messages, or those of an application', async () => {
    const { phone, tablet, app, device, say } = await family();
    await say('1', '2');
    await relay().request(`/${device}.send?text=mine&wait=0`);
    expect((await drop(`/application/${app.number}/message`, phone.key)).status).to.equal(200);
    expect((await get('/message', phone.key)).json.messages.map(({ message }: Row) => message)).to.deep.equal(['mine']);
    expect((await drop('/message', phone.key)).status).to.equal(200);
    expect((await get('/message', phone.key)).json.messages).to.deep.equal([]);
    expect((await get('/message', tablet.key)).json.messages).to.have.length(2);
  });

  it('never shows or deletes what belongs to another client', async () => {
    const [mine, theirs] = [await family(), await family()];
    const [id] = await theirs.say('secret');
    expect((await drop(`/message/${id}`, mine.phone.key)).status).to.equal(404);
    expect((await get(`/message?since=${(id ?? 0) + 1}`, mine.phone.key)).json.messages).to.deep.equal([]);
    const { status, json } = await get(`/application/${theirs.app.number}/message`, mine.phone.key);
    expect([status, json.errorDescription]).to.deep.equal([404, 'application does not exist']);
    const dropped = await drop(`/application/${theirs.app.number}/message`, mine.phone.key);
    expect([dropped.status, dropped.json.errorDescription]).to.deep.equal([404, 'application does not exists']);
    expect((await get('/message', theirs.phone.key)).json.messages).to.have.length(1);
  });

  const BAD: readonly [path: string, text: string][] = [
    ['/message?limit=0', "Field 'limit' must be more or equal to 1"],
    ['/message?limit=-1', "Field 'limit' must be more or equal to 1"],
    ['/message?limit=', "Field 'limit' must be more or equal to 1"],
    ['/message?limit=201', "Field 'limit' must be less or equal to 200"],
    ['/message?limit=x', 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['/message?since=-1', 'strconv.ParseUint: parsing "-1": invalid syntax'],
    ['/message?since=1e3', 'strconv.ParseUint: parsing "1e3": invalid syntax'],
    ['/message?since=99999999999999999999', 'strconv.ParseUint: parsing "99999999999999999999": value out of range'],
    ['/application/x/message', 'invalid id'],
  ];
  for (const [path, text] of BAD) {
    it(`refuses ${path}`, async () => {
      const { phone } = await family();
      const { status, json } = await get(path, phone.key);
      expect([status, json.errorDescription]).to.deep.equal([400, text]);
    });
  }

  it('refuses ids that are none, and applications and users that read', async () => {
    const { phone, app } = await family();
    for (const id of ['x', '-1', '1.5', '%00', '9'.repeat(30)]) {
      expect((await drop(`/message/${id}`, phone.key)).json.errorDescription, id).to.equal('invalid id');
    }
    expect((await drop('/message/2147483648', phone.key)).status).to.equal(404);
    for (const path of ['/message', '/application', '/client', '/current/user', `/application/${app.number}/message`]) {
      expect((await get(path, app.key)).status, path).to.equal(401);
    }
    const user = await relay().fetch('/message', { headers: basic('family') });
    expect([user.status, user.json.errorDescription]).to.deep.equal([403, 'make a client first: POST /client']);
  });
});
