import { expect } from 'chai';
import { RelayError } from '../../../server/base/errors.ts';
import { createLocalBus } from '../../../server/bus.ts';
import { createApps } from '../../../server/channel/apps.ts';
import { type Channels, createChannels } from '../../../server/channel/channels.ts';
import type { PublishedEvent } from '../../../server/channel/connection.ts';
import { relayApp, targetChannel } from '../../../server/channel/relay-app.ts';
import { createLocalMail } from '../../../server/delivery/sole-owner.ts';
import { createListeners, type Listener } from '../../../server/dialects/kit/listeners.ts';
import { plainContent } from '../../../shared/content.ts';
import type { Message } from '../../../shared/message.ts';
import { fakeClock } from '../../support/clock.ts';

const app = relayApp('k', 's');

function messageTo(target: string, mid: string): Message {
  const from = { method: 'http', name: '' } as const;
  const times = { createdAt: 1, expiresAt: 2 };
  return { sendType: 'group', target, from, content: plainContent('t'), mid, id: '', ...times };
}

/** Writes down what it is told. */
function recorder(): Listener & { readonly told: string[] } {
  const told: string[] = [];
  return {
    told,
    message: ({ target, mid }) => void told.push(`message ${target} ${mid}`),
    event: ({ kind, target, data }) => void told.push(`${kind} ${target} ${JSON.stringify(data)}`),
    unheard: () => void told.push('unheard'),
  };
}

function setUp(over: Partial<Channels> = {}) {
  const channels = createChannels({
    apps: createApps([app]),
    bus: createLocalBus<PublishedEvent>(),
    clock: fakeClock(),
  });
  const mail = createLocalMail();
  let doubt: (heardAgain: Promise<void>) => void = () => {};
  const listeners = createListeners({
    channels: { ...channels, ...over },
    relayApp: app,
    mail: {
      ...mail,
      onUnheard: (listener) => {
        doubt = listener;
      },
    },
  });
  return { channels, mail, listeners, doubt: (again: Promise<void>) => doubt(again) };
}

describe('createListeners', () => {
  it('tells each listener of the messages to its targets', async () => {
    const { mail, listeners } = setUp();
    const [one, both] = [recorder(), recorder()];
    await listeners.add(['a'], one);
    await listeners.add(['a', 'b'], both);
    mail.post(messageTo('a', '1'), []);
    mail.post(messageTo('b', '2'), ['phone']);
    mail.post(messageTo('c', '3'), []);
    expect(one.told).to.deep.equal(['message a 1']);
    expect(both.told).to.deep.equal(['message a 1', 'message b 2']);
  });

  it('tells of what happens to messages, by their target', async () => {
    const { listeners } = setUp();
    const [one, other] = [recorder(), recorder()];
    await listeners.add(['a'], one);
    await listeners.add(['b'], other);
    await listeners.tell({ kind: 'clear', target: 'a', data: { key: 'k' } });
    expect(one.told).to.deep.equal(['clear a {"key":"k"}']);
    expect(other.told).to.deep.equal([]);
  });

  it('is one connection of the channel of a target, which ends with the last listener', async () => {
    const { channels, mail, listeners } = setUp();
    const count = () => channels.subscriptionCount(app, targetChannel('a'));
    const one = recorder();
    const removals = [await listeners.add(['a'], one), await listeners.add(['a'], recorder())];
    expect(count()).to.equal(1);
    for (const remove of removals) remove();
    expect(count()).to.equal(0);
    mail.post(messageTo('a', '1'), []);
    expect(one.told).to.deep.equal([]);
  });

  it('tells each listener once that messages may pass by', async () => {
    const { listeners, doubt } = setUp();
    const one = recorder();
    await listeners.add(['a', 'b'], one);
    doubt(Promise.resolve());
    expect(one.told).to.deep.equal(['unheard']);
  });

  it('waits until all nodes know, and tries again after it failed', async () => {
    const away = new RelayError('unavailable', 'away');
    let answer: () => Promise<never> | ReturnType<Channels['subscribe']> = () => Promise.reject(away);
    const { channels, listeners, mail } = setUp({
      subscribe: (...args) => {
        const answered = answer();
        return answered instanceof Promise ? answered : channels.subscribe(...args);
      },
    });
    const one = recorder();
    const [first, second] = [listeners.add(['a'], one), listeners.add(['a'], recorder())];
    const failures = await Promise.all(
      [first, second].map((added) => Promise.resolve(added).catch((error: unknown) => error)),
    );
    expect(failures).to.deep.equal([away, away]);
    answer = () => ({ ok: false, reason: 'exists' });
    await listeners.add(['a'], one);
    mail.post(messageTo('a', '1'), []);
    expect(one.told).to.deep.equal(['message a 1']);
  });
});
