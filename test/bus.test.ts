import { expect } from 'chai';
import { createLocalBus, type Envelope } from '../server/bus.ts';

const envelope = (event: string): Envelope<string> => ({ app: 'a', channels: ['c'], events: [event] });

describe('createLocalBus', () => {
  it('calls every receiver with the very envelope before publish returns', () => {
    const bus = createLocalBus<string>();
    const received: Envelope<string>[] = [];
    bus.subscribe((one) => received.push(one));
    bus.subscribe((one) => received.push(one));
    const sent = envelope('x');
    bus.publish(sent);
    expect(received).to.have.length(2);
    expect(received.every((one) => one === sent)).to.equal(true);
  });

  it('keeps the order of publishing', () => {
    const bus = createLocalBus<string>();
    const received: string[] = [];
    bus.subscribe(({ events }) => received.push(...events));
    for (const name of ['1', '2', '3']) bus.publish(envelope(name));
    expect(received).to.deep.equal(['1', '2', '3']);
  });

  it('calls a receiver no more after it left', () => {
    const bus = createLocalBus<string>();
    const received: string[] = [];
    const leave = bus.subscribe(({ events }) => received.push(...events));
    bus.publish(envelope('before'));
    leave();
    leave();
    bus.publish(envelope('after'));
    expect(received).to.deep.equal(['before']);
  });

  it('loses an envelope that nobody receives', () => {
    const bus = createLocalBus<string>();
    bus.publish(envelope('lost'));
    const received: string[] = [];
    bus.subscribe(({ events }) => received.push(...events));
    expect(received).to.deep.equal([]);
  });
});
