import { expect } from 'chai';
import { messageText, type PushedMessage } from '../../server/transports/shorten.ts';
import type { WireBody } from '../../shared/content.ts';
import type { WireMessage } from '../../shared/message.ts';
import { fromWire } from '../support/message.ts';

const LIMIT = 1000;

function wire(body: Partial<WireBody>): WireMessage {
  return {
    sendType: 'personal',
    target: 'phone',
    from: { method: 'http', name: 'cron' },
    message: { text: 'title', desp: '', extra: {}, ...body },
    mid: '1795298858174',
  };
}

function shorten(body: Partial<WireBody>, limit = LIMIT): PushedMessage {
  const text = messageText(fromWire(wire(body)), limit);
  expect(Buffer.byteLength(text)).to.be.at.most(limit);
  return JSON.parse(text) as PushedMessage;
}

describe('messageText', () => {
  it('leaves a message that fits as it is, keys in order', () => {
    const whole = wire({ desp: 'é', extra: { anything: [1] } });
    expect(messageText(fromWire(whole), LIMIT)).to.equal(JSON.stringify(whole));
  });

  it('fits exactly at the limit and shortens one byte above', () => {
    const spare = LIMIT - JSON.stringify(wire({})).length;
    expect(shorten({ desp: 'x'.repeat(spare) })).not.to.have.property('truncated');
    expect(shorten({ desp: 'x'.repeat(spare + 1) })).to.have.property('truncated', true);
  });

  it('keeps the title and fills the room with the beginning of the body', () => {
    const desp = 'x'.repeat(10_000);
    const { message: head, mid } = shorten({ desp });
    expect(mid).to.equal('1795298858174');
    expect(head.text).to.equal('title');
    expect(desp.startsWith(head.desp)).to.equal(true);
    expect(Buffer.byteLength(JSON.stringify(shorten({ desp })))).to.equal(LIMIT);
  });

  it('cuts a long title and leaves room for the body', () => {
    const { text, desp } = shorten({ text: 't'.repeat(5000), desp: 'd'.repeat(5000) }).message;
    expect(text).to.match(/^t{200,}$/);
    expect(desp).to.match(/^d{200,}$/);
  });

  it('never cuts inside a character', () => {
    for (const character of ['é', '世', '🎉', '👩‍👩‍👧', 'e\u0301', '🇩🇪']) {
      const { desp } = shorten({ desp: character.repeat(3000) }).message;
      expect(desp.length % character.length).to.equal(0);
      expect(desp.length).to.be.above(0);
    }
  });

  it('counts what JSON escapes', () => {
    for (const hard of ['"', '\\', '\u0001', '\ud800', '\n'])
      shorten({ text: hard.repeat(3000), desp: hard.repeat(3000) });
  });

  it('reduces extra to what a notification needs', () => {
    const extra = {
      priority: 5,
      tags: ['warning'],
      click: 'https://example.com',
      key: 'job',
      markdown: 0,
      other: 'gone',
    };
    expect(shorten({ desp: 'x'.repeat(5000), extra }).message.extra).to.deep.equal({
      priority: 5,
      tags: ['warning'],
      key: 'job',
      markdown: 0,
      click: 'https://example.com',
    });
  });

  it('leaves out what is too long itself, and keeps what comes after', () => {
    const extra = { tags: 'x'.repeat(2000), click: 'https://example.com' };
    expect(shorten({ extra }).message.extra).to.deep.equal({ click: 'https://example.com' });
  });

  it('keeps the question, whose buttons a notification shows', () => {
    const ask = { id: 'q'.repeat(30), kind: 'choice', options: ['yes', 'no'], until: 5 };
    const { extra } = shorten({ desp: 'x'.repeat(5000), extra: { big: 'x'.repeat(5000), ask } }).message;
    expect(extra).to.deep.equal({ ask });
  });

  it('takes no key from a prototype', () => {
    const extra = JSON.parse(`{"__proto__":{"priority":1},"other":"${'x'.repeat(2000)}"}`) as Record<string, unknown>;
    expect(shorten({ extra }).message.extra).to.deep.equal({});
  });
});
