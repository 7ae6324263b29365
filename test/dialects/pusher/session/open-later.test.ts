import { expect } from 'chai';
import { RelayError } from '../../../../server/base/errors.ts';
import { silentLogger } from '../../../../server/base/logger.ts';
import type { Session, Socket } from '../../../../server/dialects/dialect.ts';
import type { Closing } from '../../../../server/dialects/pusher/refusals.ts';
import { openLater } from '../../../../server/dialects/pusher/session/open-later.ts';

function setUp() {
  const log: string[] = [];
  const socket = {
    send: (text: string) => log.push(text),
    close: (code: number, reason: string) => log.push(`close ${code} ${reason}`),
  } as unknown as Socket;
  const opened: Session = {
    receive: (text) => void log.push(`frame ${text}`),
    ponged: () => log.push('pong'),
    closed: () => log.push('closed'),
  };
  let settle: (entry: Session | Closing | Promise<never>) => void = () => {};
  const opening = new Promise<Session | Closing>((resolve) => {
    settle = resolve;
  });
  return { log, opened, settle, later: openLater(socket, opening, silentLogger) };
}

describe('openLater', () => {
  it('hands frames to the session in their order, when it is there', async () => {
    const { log, opened, settle, later } = setUp();
    const first = later.receive('one');
    later.ponged?.();
    expect(log).to.deep.equal([]);
    settle(opened);
    await first;
    expect(later.receive('two')).to.equal(undefined);
    later.ponged?.();
    later.closed();
    expect(log).to.deep.equal(['frame one', 'frame two', 'pong', 'closed']);
  });

  it('closes a socket that is refused, and reads nothing of it', async () => {
    const { log, settle, later } = setUp();
    const first = later.receive('one');
    settle({ code: 4001, message: 'App key x does not exist.' });
    await first;
    await later.receive('two');
    const frame = '{"event":"pusher:error","data":{"code":4001,"message":"App key x does not exist."}}';
    expect(log).to.deep.equal([frame, 'close 4001 App key x does not exist.']);
  });

  it('lets the client try again when no one can tell', async () => {
    const { log, settle, later } = setUp();
    settle(Promise.reject(new RelayError('unavailable', 'the store cannot be reached')));
    await later.receive('one');
    expect(log.at(-1)).to.equal('close 4200 the store cannot be reached');
  });

  it('closes the session of a socket that closed before, and sends nothing', async () => {
    const [one, two] = [setUp(), setUp()];
    for (const { later } of [one, two]) later.closed();
    one.settle(one.opened);
    two.settle({ code: 4001, message: 'no' });
    await Promise.all([one, two].map(({ later }) => later.receive('x')));
    expect([one.log, two.log]).to.deep.equal([['closed'], []]);
  });
});
