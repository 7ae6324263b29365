import { expect } from 'chai';
import { createEventTap } from '../../server/channel/event-tap.ts';

describe('the tap of events', () => {
  it('tells the watchers of an app, and is idle when the last one has left', () => {
    const tap = createEventTap();
    const told: string[] = [];
    expect(tap.isWatched).to.equal(false);
    const stops = ['a', 'b'].map((who) => tap.watch('1', ([channel]) => void told.push(`${who} ${channel}`)));
    const event = { type: 'event', name: 'e', data: '' } as const;
    tap.tell('1', ['room'], [event]);
    tap.tell('2', ['other'], [event]);
    expect([told, tap.isWatched]).to.deep.equal([['a room', 'b room'], true]);
    for (const stop of stops) stop();
    for (const stop of stops) stop();
    tap.tell('1', ['room'], [event]);
    expect([told.length, tap.isWatched]).to.deep.equal([2, false]);
  });
});
