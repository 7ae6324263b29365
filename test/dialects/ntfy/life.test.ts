import { expect } from 'chai';
import { sharedWorld } from '../../support/shared-world.ts';
import { openStream } from '../../support/stream-reader.ts';
import { TOKEN, type World, world } from '../../world.ts';

const AS_OWNER = { authorization: `Bearer ${TOKEN}` };

const publish = async (relay: World, path: string, body: string, headers: Record<string, string> = {}) =>
  (await relay.request(path, { method: 'POST', body, headers })).json;

async function poll(relay: World, path: string) {
  const { text, status } = await relay.request(path);
  expect(status, text).to.equal(200);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

const seconds = (relay: World) => Math.floor(relay.clock.now() / 1000);

describe('ntfy: delayed messages', () => {
  const relay = sharedWorld();

  it('are told when they are due, with the id and the time of the answer', async () => {
    const stream = await openStream(relay().url('/d1/json'), AS_OWNER);
    await stream.next();
    const answer = await publish(relay(), '/d1', 'later', { delay: '10m' });
    expect(answer.time).to.equal(seconds(relay()) + 600);
    expect(answer.expires).to.be.greaterThan(answer.time);
    const between = await publish(relay(), '/d1', 'between');
    expect(await poll(relay(), '/d1/json?poll=1')).to.deep.equal([between]);
    expect(await poll(relay(), '/d1/json?poll=1&scheduled=1')).to.deep.equal([between, answer]);
    await relay().clock.tick(600_000);
    expect((await stream.next()).data.message).to.equal('between');
    let told = (await stream.next()).data;
    while (told.event === 'keepalive') told = (await stream.next()).data;
    expect(told).to.include({ id: answer.id, time: answer.time, message: 'later' });
    // Whoever was away since the message between them does not miss it.
    expect(await poll(relay(), `/d1/json?poll=1&since=${between.id}`)).to.deep.equal([told]);
    expect(await poll(relay(), `/d1/json?poll=1&since=${answer.id}`)).to.deep.equal([]);
  });

  it('go to those who are in the group when they are due', async () => {
    await publish(relay(), '/crew', 'later', { in: '30s' });
    const device = await relay().device('late-comer', { group: 'crew' });
    await relay().clock.tick(31_000);
    expect((await device.packet('MESSAGE')).data.message.text).to.equal('later');
  });

  it('are replaced by a message of the same sequence, and cancelled', async () => {
    const first = await publish(relay(), '/d2', 'first', { delay: '1h', sid: 's' });
    expect(first.sequence_id).to.equal('s');
    await publish(relay(), '/d2', 'second', { delay: '2h', sid: 's' });
    const waiting = async () => (await poll(relay(), '/d2/json?poll=1&sched=1')).map(({ message }) => message);
    expect(await waiting()).to.deep.equal(['second']);
    await publish(relay(), '/d2/s', 'third');
    expect(await waiting()).to.deep.equal(['third']);
    const alone = await publish(relay(), '/d2', 'alone', { delay: '1h' });
    expect(await waiting()).to.deep.equal(['third', 'alone']);
    await relay().request(`/d2/${alone.id}`, { method: 'DELETE' });
    expect(await waiting()).to.deep.equal(['third', undefined]);
  });

  const AHEAD: readonly [text: string, ahead: number][] = [
    ['10s', 10],
    ['30m', 1800],
    ['1.5h', 5400],
    ['1h30m', 5400],
    ['2 days', 172_800],
    ['3 mins', 180],
    ['in 2 hours', 7200],
  ];
  for (const [text, ahead] of AHEAD) {
    it(`may be due ${text} from now`, async () => {
      const { time } = await publish(relay(), '/d3', 'x', { delay: text });
      expect(time - seconds(relay())).to.equal(ahead);
    });
  }

  it('may be due at a time: Unix seconds, English, ISO 8601', async () => {
    const due = async (delay: string) => (await publish(relay(), '/d4', 'x', { delay })).time;
    const soon = seconds(relay()) + 3600;
    expect(await due(String(soon))).to.equal(soon);
    expect(await due(new Date(soon * 1000).toISOString())).to.equal(soon);
    for (const text of ['tomorrow', 'tomorrow, 10am', '8:30pm', '10am']) {
      expect((await due(text)) - seconds(relay()), text).to.be.within(0, 2 * 86_400);
    }
  });

  const WRONG: readonly [text: string, code: number][] = [
    ['5', 40004],
    ['1000000000', 40004],
    ['2020-01-01T00:00:00Z', 40004],
    ['next week', 40004],
    ['half an hour', 40004],
    ['gibberish', 40004],
    ['9s', 40005],
    ['-5m', 40005],
    ['73h', 40006],
    ['4 days', 40006],
  ];
  for (const [text, code] of WRONG) {
    it(`may not be due at "${text}"`, async () => {
      const { status, json } = await relay().request('/d5', { method: 'POST', body: 'x', headers: { at: text } });
      expect([status, json.code]).to.deep.equal([400, code]);
    });
  }

  it('need the cache, and no file that expires before', async () => {
    expect((await publish(relay(), '/d6', 'x', { delay: '1h', cache: 'no' })).code).to.equal(40002);
    expect((await publish(relay(), '/d6', 'x', { delay: '4h', filename: 'a.txt' })).code).to.equal(40015);
    expect((await publish(relay(), '/d6', 'x', { delay: '1h', filename: 'a.txt' })).attachment.name).to.equal('a.txt');
  });
});

describe('ntfy: sequences', () => {
  const relay = sharedWorld();

  it('stay in the history, and are cleared and deleted by events', async () => {
    const stream = await openStream(relay().url('/q1/json'), AS_OWNER);
    await stream.next();
    const one = await publish(relay(), '/q1/job-1', 'one');
    const two = await publish(relay(), '/q1', 'two', { 'sequence-id': 'job-1' });
    const cleared = (await relay().request('/q1/job-1/clear', { method: 'PUT' })).json;
    expect(cleared).to.include({ sequence_id: 'job-1', event: 'message_clear', topic: 'q1' });
    expect(Object.keys(cleared)).to.deep.equal(['id', 'sequence_id', 'time', 'expires', 'event', 'topic']);
    const told = [one, two, cleared];
    for (const expected of told) expect((await stream.next()).data).to.deep.equal(expected);
    expect(await poll(relay(), '/q1/json?poll=1')).to.deep.equal(told);
    const deleted = (await relay().request('/q1/job-1', { method: 'DELETE' })).json;
    expect(deleted.event).to.equal('message_delete');
    expect((await stream.next()).data).to.deep.equal(deleted);
    const left = await poll(relay(), '/q1/json?poll=1');
    expect(left.at(-1)).to.deep.equal(deleted);
    expect(left.map(({ message }) => message)).to.not.include('one');
    for (const path of ['/q1/never/read', '/q1/never/clear', '/q1/never/delete']) {
      expect((await relay().request(path)).json, path).to.include({ sequence_id: 'never' });
    }
    for (const word of ['clear', 'read', 'delete']) {
      expect((await publish(relay(), `/q1/job-1/${word}`, '')).code, word).to.equal(40401);
    }
  });

  it('take the notifications from devices of Herald, and the messages', async () => {
    const device = await relay().device('reader', { acknowledge: true });
    const { id } = await publish(relay(), '/reader', 'one');
    await publish(relay(), '/reader', 'two', { sid: 's' });
    await device.packet('MESSAGE');
    const messages = async () => (await relay().request('/v1/devices/reader/messages')).json.messages;
    await relay().request('/reader/s/clear');
    expect((await messages()).map(({ read }: { read: boolean }) => read)).to.deep.equal([false, true]);
    // A message without a sequence has its id as one.
    await relay().request(`/reader/${id}`, { method: 'DELETE' });
    expect((await messages()).map(({ message }: { message: { text: string } }) => message.text)).to.deep.equal(['two']);
  });

  it('take the place of a message without one by its id', async () => {
    const { ws } = await relay().device('replaced');
    ws.terminate();
    const { id } = await publish(relay(), '/replaced', 'one');
    const two = await publish(relay(), `/replaced/${id}`, 'two');
    expect(two.sequence_id).to.equal(id);
    const { messages } = (await relay().request('/v1/devices/replaced/messages')).json;
    expect(messages.map(({ read }: { read: boolean }) => read)).to.deep.equal([true, false]);
  });

  it('are cleared for listeners when a device of Herald has read them', async () => {
    const { ws } = await relay().device('both-sides');
    ws.terminate();
    const stream = await openStream(relay().url('/both-sides/json'), AS_OWNER);
    await stream.next();
    const plain = await publish(relay(), '/both-sides', 'one');
    await publish(relay(), '/both-sides', 'two', { sid: 'job' });
    for (let count = 0; count < 2; count += 1) await stream.next();
    const { messages } = (await relay().request('/v1/devices/both-sides/messages')).json;
    const mids = messages.map(({ mid }: { mid: string }) => mid);
    const headers = { 'content-type': 'application/json' };
    await relay().request('/v1/reads', { method: 'POST', headers, body: JSON.stringify({ mids }) });
    const keys = [(await stream.next()).data, (await stream.next()).data];
    for (const { event, topic } of keys) expect([event, topic]).to.deep.equal(['message_clear', 'both-sides']);
    expect(keys.map(({ sequence_id }) => sequence_id)).to.have.members([plain.id, 'job']);
  });

  it('are cleared for listeners when their question is settled', async () => {
    const { ws } = await relay().device('asked');
    ws.terminate();
    const stream = await openStream(relay().url('/asked/json'), AS_OWNER);
    await stream.next();
    await relay().request('/asked.ask?text=Go%3F&options=yes,no&wait=0');
    const question = (await stream.next()).data;
    expect(question.actions.map(({ label }: { label: string }) => label)).to.deep.equal(['yes', 'no']);
    const [{ url, method }] = question.actions;
    const { pathname, search } = new URL(url);
    const { status } = await relay().fetch(pathname + search, { method });
    expect(status).to.equal(200);
    const told = (await stream.next()).data;
    expect(told).to.include({ event: 'message_clear', sequence_id: question.sequence_id ?? question.id });
  });

  it('have the same time in the answer and for listeners, however long they took', async () => {
    let clock: World['clock'] | undefined;
    const slow = await world({
      over({ log }) {
        const accept = log.accept.bind(log);
        const later: typeof accept = async (...draft) => {
          await clock?.tick(2000);
          return accept(...draft);
        };
        Object.assign(log, { accept: later });
        return {};
      },
    });
    ({ clock } = slow);
    const told = [
      await publish(slow, '/q9/job', 'x'),
      (await slow.request('/q9/job/clear', { method: 'PUT' })).json,
      await publish(slow, '/q9', 'y'),
    ];
    expect(await poll(slow, '/q9/json?poll=1')).to.deep.equal(told);
  });

  it('tell what was cleared by the page to who listens and to who comes later', async () => {
    const stream = await openStream(relay().url('/paged/json'), AS_OWNER);
    await stream.next();
    await publish(relay(), '/paged', 'one', { sid: 'k' });
    await relay().request('/v1/messages?target=paged&key=k', { method: 'DELETE' });
    await stream.next();
    const told = (await stream.next()).data;
    expect(told).to.include({ event: 'message_clear', sequence_id: 'k' });
    expect((await poll(relay(), '/paged/json?poll=1')).at(-1)).to.deep.equal(told);
    const inbox = await relay().request('/v1/targets/paged/messages');
    expect(inbox.json.messages, 'no message for the page').to.have.length(1);
  });

  it('have the form of topics', async () => {
    expect((await publish(relay(), '/q2', 'x', { sid: 'a b' })).code).to.equal(40049);
    expect((await publish(relay(), '/q2/a.b', 'x')).code).to.equal(40401);
    expect((await publish(relay(), '/q2', 'x', { sid: 'x'.repeat(65) })).code).to.equal(40049);
  });
});

describe('ntfy: names', () => {
  it('are at most as many as storage.maxFeeds', async () => {
    const relay = await world({ config: { storage: { maxFeeds: 2 } } });
    for (const topic of ['one', 'two', 'one']) expect((await publish(relay, `/${topic}`, 'x')).topic).to.equal(topic);
    const { status, json } = await relay.request('/three', { method: 'POST', body: 'x' });
    expect([status, json.code]).to.deep.equal([429, 42904]);
    expect((await relay.request('/three/s', { method: 'DELETE' })).json.code).to.equal(42904);
    // A device needs no such place, but its topic does.
    expect((await publish(relay, '/three', 'x', { cache: 'no' })).topic).to.equal('three');
  });
});
