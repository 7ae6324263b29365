import { expect } from 'chai';
import { type ChannelPort, createChannel } from '../../../../pwa/src/model/store/channel.ts';
import { standForElection } from '../../../../pwa/src/model/sync/leader.ts';
import { fakeClock } from '../../../support/clock.ts';

/** Tabs that hear each other when `deliver` is called. */
function tabs() {
  const clock = fakeClock();
  const ports: ChannelPort[] = [];
  const waiting: (() => void)[] = [];
  const leads: boolean[] = [];
  return {
    clock,
    leads,
    deliver() {
      for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) run();
    },
    open(random: number) {
      const port: ChannelPort = {
        onmessage: null,
        postMessage(data) {
          for (const other of ports)
            if (other !== port) waiting.push(() => other.onmessage?.({ data } as MessageEvent));
        },
        close() {},
      };
      ports.push(port);
      const index = leads.push(false) - 1;
      const set = (isLeader: boolean) => () => {
        leads[index] = isLeader;
      };
      return standForElection({
        locks: undefined,
        channel: createChannel(port),
        clock,
        random: () => random,
        name: 'x',
        lead: set(true),
        follow: set(false),
      });
    },
  };
}

describe('standForElection without locks', () => {
  it('gives the sockets to the tab that was shown last', async () => {
    const { open, deliver, clock, leads } = tabs();
    const first = open(0.1);
    await clock.tick(1);
    open(0.2);
    deliver();
    expect(leads).to.deep.equal([false, true]);
    await clock.tick(1);
    first.shown();
    deliver();
    expect(leads).to.deep.equal([true, false]);
  });

  it('elects one leader when several tabs claim at the same time', () => {
    const { open, deliver, leads } = tabs();
    const candidates = [open(0.3), open(0.9), open(0.5)];
    deliver();
    expect(leads.filter(Boolean)).to.have.lengthOf(1);
    candidates[leads.indexOf(true)]?.close();
    deliver();
    expect(leads.filter(Boolean)).to.have.lengthOf(1);
  });

  it('elects another tab when the leader is hidden', async () => {
    const { open, deliver, clock, leads } = tabs();
    open(0.1);
    await clock.tick(1);
    const second = open(0.2);
    deliver();
    second.hidden();
    deliver();
    expect(leads).to.deep.equal([true, false]);
  });
});
