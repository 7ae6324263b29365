import { expect } from 'chai';
import { MAX_PAYLOAD, payloadOf, SHORT_PAYLOAD, topicOf } from '../../../server/transports/webpush/payload.ts';
import type { WireMessage } from '../../../shared/message.ts';
import { fromWire } from '../../support/message.ts';

function wire(desp: string): WireMessage {
  return {
    sendType: 'group',
    target: 'home',
    from: { method: 'http', name: '' },
    message: { text: 'title', desp, extra: {} },
    mid: '1795298858174',
  };
}

const message = (desp: string) => fromWire(wire(desp));

describe('payloadOf', () => {
  it('is the MESSAGE packet, which its padding leaves readable', () => {
    expect(JSON.parse(payloadOf(message('body')).toString())).to.deep.equal({ cmd: 'MESSAGE', data: wire('body') });
  });

  it('has one of a few lengths, whatever the message', () => {
    const lengths = new Set<number>();
    for (let size = 0; size < 5000; size += 97) lengths.add(payloadOf(message('é'.repeat(size))).length);
    expect([...lengths].sort((a, b) => a - b)).to.deep.equal([512, 1024, 2048, 3072, MAX_PAYLOAD]);
  });

  it('says in data that it is a head', () => {
    const { data } = JSON.parse(payloadOf(message('x'.repeat(9000))).toString());
    expect(data).to.include({ truncated: true, mid: '1795298858174' });
    expect(data.message.desp).to.match(/^x{3000,}$/);
  });

  it('stays within a shorter limit', () => {
    expect(payloadOf(message('x'.repeat(9000)), SHORT_PAYLOAD)).to.have.length(SHORT_PAYLOAD);
  });
});

describe('topicOf', () => {
  it('is 32 characters that follow from the key', () => {
    expect(topicOf('backup', 'secret')).to.match(/^[\w-]{32}$/);
    expect(topicOf('backup', 'secret')).to.equal(topicOf('backup', 'secret'));
    expect(topicOf('backup', 'secret')).not.to.equal(topicOf('backup', 'other'));
  });

  it('is absent without a key', () => expect(topicOf(undefined, 'secret')).to.equal(undefined));
});
