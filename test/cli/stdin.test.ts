import { Readable } from 'node:stream';
import { expect } from 'chai';
import { CommandError } from '../../server/cli/command.ts';
import { readInput } from '../../server/cli/stdin.ts';

const never = new AbortController().signal;

/** How a promise was rejected. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('readInput', () => {
  it('reads UTF-8 characters that two chunks split', async () => {
    const bytes = Buffer.from('zwölf 张三 🎉');
    const stdin = Readable.from([...bytes].map((byte) => Buffer.from([byte])));
    expect(await readInput({ stdin, signal: never })).to.equal('zwölf 张三 🎉');
  });

  it('reads nothing on a terminal, and leaves it open', async () => {
    const stdin = Object.assign(new Readable({ read() {} }), { isTTY: true });
    expect(await readInput({ stdin, signal: never })).to.equal('');
    expect(stdin.destroyed).to.equal(false);
    stdin.destroy();
  });

  it('treats unreadable input as empty', async () => {
    const stdin = new Readable({ read: () => stdin.destroy(Object.assign(new Error('no'), { code: 'EISDIR' })) });
    expect(await readInput({ stdin, signal: never })).to.equal('');
  });

  it('ends when the signal aborts', async () => {
    const stop = new AbortController();
    const reading = failureOf(readInput({ stdin: new Readable({ read() {} }), signal: stop.signal }));
    stop.abort();
    expect(await reading)
      .to.be.instanceOf(CommandError)
      .and.to.have.property('message', 'interrupted');
  });

  it('refuses more than any relay accepts', async () => {
    const chunk = Buffer.alloc(2 ** 24);
    const stdin = Readable.from(Array<Buffer>(17).fill(chunk));
    const error = await failureOf(readInput({ stdin, signal: never }));
    expect(error).to.be.instanceOf(CommandError);
    expect((error as Error).message).to.equal('the input is longer than 268435456 bytes');
  });
});
