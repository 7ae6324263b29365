import { expect } from 'chai';
import { beginning, ending, hooksFor } from '../../server/app-webhooks/event-report.ts';
import { createApp, type Hook } from '../../server/channel/app.ts';

const appWith = (...hooks: Partial<Hook>[]) =>
  createApp({
    id: '1',
    keys: [],
    hooks: hooks.map((hook) => ({
      url: 'http://a/',
      events: ['channel_occupied', 'server_event'],
      batch: true,
      ...hook,
    })),
  });
const chosen = (hook: Partial<Hook>, event: { name: string; channel?: string }) =>
  hooksFor(appWith(hook), event).length === 1;

describe('hooksFor', () => {
  it('gives the hooks that want the event, in order', () => {
    const app = appWith({ url: 'http://a/' }, { events: ['member_added'] }, { url: 'http://b/' });
    expect(hooksFor(app, { name: 'channel_occupied', channel: 'a' }).map(({ url }) => url)).to.deep.equal([
      'http://a/',
      'http://b/',
    ]);
  });

  it('lets a filter choose among channels by both ends of their names', () => {
    const hook = { filter: { prefix: 'private-', suffix: '-z' } };
    for (const [channel, expected] of [
      ['private-a-z', true],
      ['private-a', false],
      ['a-z', false],
    ] as const) {
      expect(chosen(hook, { name: 'channel_occupied', channel }), channel).to.equal(expected);
    }
  });

  it('does not apply a filter to an event without a channel', () => {
    expect(chosen({ filter: { prefix: 'private-' } }, { name: 'server_event' })).to.equal(true);
  });
});

describe('beginning and ending', () => {
  it('are of the channel, or of a user in it', () => {
    const [channel, member] = [
      { app: '1', channel: 'a', user: '' },
      { app: '1', channel: 'a', user: '7' },
    ];
    expect([beginning(channel), ending(channel)]).to.deep.equal([
      { name: 'channel_occupied', channel: 'a' },
      { name: 'channel_vacated', channel: 'a' },
    ]);
    expect([beginning(member), ending(member)]).to.deep.equal([
      { name: 'member_added', channel: 'a', user_id: '7' },
      { name: 'member_removed', channel: 'a', user_id: '7' },
    ]);
  });
});
