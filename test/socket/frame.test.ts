import { once } from 'node:events';
import { expect } from 'chai';
import { WebSocket, WebSocketServer } from 'ws';
import { framesOnce, framesPerChannel, textFrame } from '../../server/socket/frame.ts';

describe('textFrame', () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ['nothing', '', 2],
    ['the longest text with a short header', 'a'.repeat(125), 2],
    ['the first with two length bytes', 'b'.repeat(126), 4],
    ['the longest with two length bytes', 'c'.repeat(65_535), 4],
    ['the first with eight length bytes', 'd'.repeat(65_536), 10],
    ['70,000 bytes', 'e'.repeat(70_000), 10],
    ['125 characters of two bytes each', 'é'.repeat(125), 4],
    ['characters outside the basic plane', '张三 🙂'.repeat(9000), 10],
  ];

  for (const [what, text, header] of cases) {
    it(`makes a header of ${header} bytes for ${what}`, () => {
      const frame = textFrame(text);
      expect(frame[0]).to.equal(0x81);
      expect(frame.length).to.equal(header + Buffer.byteLength(text));
    });
  }

  it('is read by a real client as the text it was made of', async () => {
    const texts = cases.map(([, text]) => text);
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    server.on('connection', (_ws, { socket }) => {
      for (const text of texts) socket.write(textFrame(text));
    });
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as { port: number }).port}`);
    const received: string[] = [];
    await new Promise<void>((resolve, reject) => {
      client.on('error', reject);
      client.on('message', (data, isBinary) => {
        expect(isBinary).to.equal(false);
        if (received.push(data.toString()) === texts.length) resolve();
      });
    });
    client.terminate();
    server.close();
    expect(received.map((text) => text.length)).to.deep.equal(texts.map((text) => text.length));
    expect(received).to.deep.equal(texts);
  });

  it('turns half of a surrogate pair into valid UTF-8', () => {
    expect(textFrame('\ud800').subarray(2).toString('hex')).to.equal('efbfbd');
  });
});

/** One frame behind the other. */
const textFrames = (...texts: string[]) => Buffer.concat(texts.map(textFrame));

describe('framesOnce', () => {
  it('encodes each array of events once, in order', () => {
    let calls = 0;
    const frames = framesOnce(({ text }: { text: string }) => {
      calls += 1;
      return text;
    });
    const [together, same] = [
      [{ text: 'hi' }, { text: 'ho' }],
      [{ text: 'hi' }, { text: 'ho' }],
    ];
    expect(frames(together)).to.equal(frames(together));
    expect(frames(together)).to.deep.equal(textFrames('hi', 'ho'));
    expect(calls).to.equal(2);
    expect(frames(same)).to.deep.equal(frames(together));
    expect(calls).to.equal(4);
  });

  it('puts frames of every length one behind the other', () => {
    const texts = ['', 'a'.repeat(125), 'é'.repeat(125), 'e'.repeat(70_000), 'b'.repeat(126)];
    expect(framesOnce((text: string) => text)(texts)?.equals(textFrames(...texts))).to.equal(true);
  });

  it('leaves out events that the dialect has no text for', () => {
    const frames = framesOnce((text: string) => (text === 'none' ? undefined : text));
    expect(frames(['a', 'none', 'b'])).to.deep.equal(textFrames('a', 'b'));
  });

  it('remembers that there is no text for any of them', () => {
    let calls = 0;
    const frames = framesOnce(() => {
      calls += 1;
      return undefined;
    });
    const events = [{}];
    expect([frames(events), frames(events)]).to.deep.equal([undefined, undefined]);
    expect(calls).to.equal(1);
  });

  it('makes a frame of an empty text', () => {
    expect(framesOnce(() => '')([{}])).to.deep.equal(Buffer.from([0x81, 0]));
  });
});

describe('framesPerChannel', () => {
  it('builds frames once for all sockets of a channel, and again for each other channel', () => {
    let built = 0;
    const frames = framesPerChannel(({ text }: { text: string; channel: string }, channel) => {
      built += 1;
      return `${channel}:${text}`;
    });
    const events = [{ text: 'x', channel: 'a' }];
    expect(frames(events, 'a')).to.equal(frames(events, 'a'));
    expect(built).to.equal(1);
    expect(frames(events, 'b')?.toString('utf8', 2)).to.equal('b:x');
    expect(frames([{ text: 'y', channel: 'b' }], 'b')?.toString('utf8', 2)).to.equal('b:y');
    expect(frames(events, 'a')?.toString('utf8', 2)).to.equal('a:x');
  });

  it('has no frames where there is no text', () => {
    const frames = framesPerChannel(() => undefined);
    expect(frames([{ channel: 'a' }], 'a')).to.equal(undefined);
    expect(frames([{ channel: 'a' }], 'b')).to.equal(undefined);
  });
});
