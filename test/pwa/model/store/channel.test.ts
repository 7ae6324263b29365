import { expect } from 'chai';
import { createChannel, idsOf, type Note } from '../../../../pwa/src/model/store/channel.ts';
import { recordingChannel } from '../../support/store.ts';

describe('createChannel', () => {
  it('posts notes, and passes those of others to all listeners', () => {
    const { channel, notes, receive } = recordingChannel();
    const heard: Note['kind'][] = [];
    const stop = channel.listen(({ kind }) => heard.push(kind));
    channel.listen(({ kind }) => heard.push(kind));
    channel.post({ kind: 'hello' });
    receive({ kind: 'push' });
    stop();
    receive({ kind: 'settings' });
    expect(notes).to.deep.equal([{ kind: 'hello' }]);
    expect(heard).to.deep.equal(['push', 'push', 'settings']);
  });

  it('lets a listener remove another one while it handles a note', () => {
    const { channel, receive } = recordingChannel();
    const heard: string[] = [];
    let stopSecond = () => {};
    channel.listen(() => {
      heard.push('first');
      stopSecond();
    });
    stopSecond = channel.listen(() => heard.push('second'));
    receive({ kind: 'push' });
    receive({ kind: 'push' });
    expect(heard).to.deep.equal(['first', 'second', 'first']);
  });

  it('closes its port', () => {
    let isClosed = false;
    const close = () => {
      isClosed = true;
    };
    createChannel({ postMessage() {}, onmessage: null, close }).close();
    expect(isClosed).to.equal(true);
  });
});

describe('idsOf', () => {
  it('returns account and mid of each message', () => {
    expect(
      idsOf([
        { accountId: 'a', mid: '1' },
        { accountId: 'b', mid: '2' },
      ]),
    ).to.deep.equal([
      ['a', '1'],
      ['b', '2'],
    ]);
  });
});
