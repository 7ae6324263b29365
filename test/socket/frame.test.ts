import { once } from 'node:events';
import { expect } from 'chai';
import { WebSocket, WebSocketServer } from 'ws';
import { frameOnce, framePerChannel, textFrame } from '../../server/socket/frame.ts';

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

describe('frameOnce', () => {
  it('encodes each event object once', () => {
    let calls = 0;
    const frame = frameOnce(({ text }: { text: string }) => {
      calls += 1;
      return text;
    });
    const [one, same] = [{ text: 'hi' }, { text: 'hi' }];
    expect(frame(one)).to.equal(frame(one));
    expect(calls).to.equal(1);
    expect(frame(same)).to.deep.equal(frame(one));
    expect(calls).to.equal(2);
  });

  it('remembers that a dialect has no text for an event', () => {
    let calls = 0;
    const frame = frameOnce(() => {
      calls += 1;
      return undefined;
    });
    const event = {};
    expect([frame(event), frame(event)]).to.deep.equal([undefined, undefined]);
    expect(calls).to.equal(1);
  });

  it('makes a frame of an empty text', () => {
    expect(frameOnce(() => '')({})).to.deep.equal(Buffer.from([0x81, 0]));
  });
});

describe('framePerChannel', () => {
  it('builds one frame for the channel of an event, and one for each other channel that it goes to', () => {
    let built = 0;
    const frame = framePerChannel(({ text }: { text: string; channel: string }, channel) => {
      built += 1;
      return `${channel}:${text}`;
    });
    const event = { text: 'x', channel: 'a' };
    expect(frame(event, 'a')).to.equal(frame(event, 'a'));
    expect(built).to.equal(1);
    expect(frame(event, 'b')?.toString('utf8', 2)).to.equal('b:x');
    expect(frame(event, 'a')?.toString('utf8', 2)).to.equal('a:x');
  });

  it('has no frame where there is no text', () => {
    const frame = framePerChannel(() => undefined);
    expect(frame({ channel: 'a' }, 'a')).to.equal(undefined);
    expect(frame({ channel: 'a' }, 'b')).to.equal(undefined);
  });
});
