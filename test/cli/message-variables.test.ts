import { expect } from 'chai';
import { MESSAGE_VARIABLES, messageVariables } from '../../server/cli/message-variables.ts';
import type { WireMessage } from '../../shared/message.ts';

function message(text: string): WireMessage {
  return {
    sendType: 'group',
    target: 'family',
    from: { method: 'http', name: 'nas' },
    message: { text, desp: 'body', extra: { a: ['x'] } },
    mid: '17',
  };
}

describe('messageVariables', () => {
  it('contains a variable for each part, and one for the whole message', () => {
    const { HERALD_MESSAGE, ...others } = messageVariables(message('hi'));
    expect(others).to.deep.equal({
      HERALD_MID: '17',
      HERALD_TEXT: 'hi',
      HERALD_DESP: 'body',
      HERALD_TARGET: 'family',
      HERALD_SEND_TYPE: 'group',
      HERALD_FROM: 'nas',
      HERALD_EXTRA: '{"a":["x"]}',
    });
    expect(JSON.parse(HERALD_MESSAGE ?? '')).to.deep.equal(message('hi'));
  });

  it('sets only variables that the list names', () => {
    expect(Object.keys(messageVariables(message('hi')))).to.have.members([...MESSAGE_VARIABLES]);
  });

  it('removes NUL characters, which a variable cannot hold', () => {
    expect(messageVariables(message('a\0b'))['HERALD_TEXT']).to.equal('ab');
  });

  it('leaves out a value that the system would refuse, counted in bytes', () => {
    const fits = messageVariables(message('张'.repeat(33_333)));
    expect(fits['HERALD_TEXT']).to.have.lengthOf(33_333);
    const { HERALD_TEXT, HERALD_MESSAGE, HERALD_MID } = messageVariables(message('张'.repeat(33_334)));
    expect([HERALD_TEXT, HERALD_MESSAGE, HERALD_MID]).to.deep.equal([undefined, undefined, '17']);
  });
});
