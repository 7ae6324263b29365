import { performServerHandshake } from 'node:http2';
import type { LookupFunction } from 'node:net';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { expect } from 'chai';
import { createConnector, isOver, type TicketHolder } from '../../server/outbound/http2-connect.ts';
import { onCleanup } from '../support/cleanup.ts';
import { fakeClock } from '../support/clock.ts';
import { eventually, soon } from '../support/eventually.ts';
import { createSelfSigned } from '../support/push-service/self-signed.ts';
import { rejection } from '../support/rejection.ts';
import { certificate, startHttp2 } from './http2-target.ts';
import { startTcp, startTls } from './raw-target.ts';

const TIMEOUT = 1000;
const BOTH = { ...certificate, ALPNProtocols: ['h2', 'http/1.1'] };
/** What every server says first: settings, here none. */
const SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

const codeOf = (error: Error) => ('code' in error ? error.code : error.message);

function setUp({ ca = certificate.cert, lookup }: { ca?: string; lookup?: LookupFunction } = {}) {
  const clock = fakeClock();
  const connector = createConnector({ clock, timeout: TIMEOUT, ca, ...(lookup === undefined ? {} : { lookup }) });
  onCleanup(() => connector.abort());
  const open = async (authority: string, holder: TicketHolder = { ticket: undefined }) => {
    const opened = await soon('the opening is over', connector.open(new URL(`https://${authority}/x`), holder));
    if (opened !== undefined) onCleanup(() => opened.socket.destroy());
    return opened;
  };
  return { clock, connector, open };
}

describe('createConnector', () => {
  it('opens a session, and leaves no timer', async () => {
    const target = await startHttp2();
    const { open, clock } = setUp();
    const opened = await open(new URL(target.url).host);
    expect(opened?.session.alpnProtocol).to.equal('h2');
    expect(clock.timers()).to.equal(0);
  });

  for (const [what, options] of [
    ['only HTTP/1.1', { ...certificate, ALPNProtocols: ['http/1.1'] }],
    ['no protocol', certificate],
  ] as const satisfies [string, TlsOptions][]) {
    it(`resolves to undefined for a target that offers ${what}, and closes the connection`, async () => {
      const target = await startTls(options, () => {});
      const { open, clock } = setUp();
      expect(await open(target.authority)).to.equal(undefined);
      await eventually('the connection is gone', () => target.open.size === 0 && clock.timers() === 0);
    });
  }

  for (const [what, act] of [
    ['ends the connection', (socket: TLSSocket) => socket.end()],
    ['cuts the connection', (socket: TLSSocket) => socket.destroy()],
    ['answers in HTTP/1.1', (socket: TLSSocket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['sends half of its settings and ends', (socket: TLSSocket) => socket.end(SETTINGS.subarray(0, 5))],
    ['sends a frame that is too long', (socket: TLSSocket) => socket.write(Buffer.alloc(40, 0xff))],
  ] as const) {
    it(`resolves to undefined for a target that offers HTTP/2 and then ${what}`, async () => {
      const target = await startTls(BOTH, act);
      const { open, clock } = setUp();
      expect(await open(target.authority)).to.equal(undefined);
      await eventually('the connection is gone', () => target.open.size === 0 && clock.timers() === 0);
    });
  }

  it('does not wait longer than its time for settings, even if half of them are there', async () => {
    let isSecure = false;
    const target = await startTls(BOTH, (socket) => {
      isSecure = true;
      socket.write(SETTINGS.subarray(0, 5));
    });
    const { open, clock } = setUp();
    const opened = open(target.authority);
    await eventually('the handshake is over', () => isSecure);
    await clock.tick(TIMEOUT);
    expect(await opened).to.equal(undefined);
    await eventually('the connection is gone', () => target.open.size === 0 && clock.timers() === 0);
  });

  for (const [what, bytes] of [
    ['says nothing', ''],
    ['sends half of a TLS record', Buffer.from([0x16, 0x03, 0x03, 0x40, 0x00, 0x02])],
  ] as const) {
    it(`does not wait longer than its time for a handshake with a target that ${what}`, async () => {
      const target = await startTcp((socket) => void socket.write(bytes));
      const { open, clock } = setUp();
      const opened = rejection(open(target.authority));
      await eventually('the connection is there', () => target.open.size === 1);
      await clock.tick(TIMEOUT);
      expect(codeOf(await opened)).to.equal('no connection in time');
      await eventually('the connection is gone', () => target.open.size === 0 && clock.timers() === 0);
    });
  }

  for (const [what, code, act] of [
    ['resets the connection', 'ECONNRESET', 'reset'],
    ['ends the connection', 'ECONNRESET', 'end'],
    ['does not speak TLS', 'ERR_SSL_WRONG_VERSION_NUMBER', 'SSH-2.0-OpenSSH_9.6\r\n'],
  ] as const) {
    it(`rejects if the target ${what}`, async () => {
      const target = await startTcp((socket) => {
        socket.once('data', () => {
          if (act === 'reset') socket.resetAndDestroy();
          else socket.end(act === 'end' ? '' : act);
        });
      });
      const { open, clock } = setUp();
      expect(codeOf(await rejection(open(target.authority)))).to.be.oneOf([code, 'ERR_SSL_PACKET_LENGTH_TOO_LONG']);
      await eventually('the connection is gone', () => target.open.size === 0 && clock.timers() === 0);
    });
  }

  it('rejects if nothing listens there', async () => {
    expect(codeOf(await rejection(setUp().open('127.0.0.1:1')))).to.equal('ECONNREFUSED');
  });

  it('rejects if the name has no address', async () => {
    const { open, clock } = setUp();
    expect(codeOf(await rejection(open('nothing.invalid')))).to.be.oneOf(['ENOTFOUND', 'EAI_AGAIN']);
    expect(clock.timers()).to.equal(0);
  });

  it('does not wait longer than its time for a name', async () => {
    let asked = 0;
    const { open, clock } = setUp({
      lookup: () => {
        asked += 1;
      },
    });
    const opened = rejection(open('slow.example'));
    await eventually('the name is looked up', () => asked === 1);
    await clock.tick(TIMEOUT);
    expect(codeOf(await opened)).to.equal('no connection in time');
    expect(clock.timers()).to.equal(0);
  });

  it('rejects if the certificate is not trusted', async () => {
    const target = await startTls(BOTH, () => {});
    const { open } = setUp({ ca: createSelfSigned(['127.0.0.1']).cert });
    expect(codeOf(await rejection(open(target.authority)))).to.equal('DEPTH_ZERO_SELF_SIGNED_CERT');
    await eventually('the connection is gone', () => target.open.size === 0);
  });

  it('rejects if the certificate is for another name, also the second time', async () => {
    const other = createSelfSigned(['other.example']);
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const target = await startTls({ ...BOTH, ...other, maxVersion }, () => {});
      const { open } = setUp({ ca: other.cert });
      const holder: TicketHolder = { ticket: undefined };
      for (let count = 0; count < 3; count += 1) {
        expect(codeOf(await rejection(open(target.authority, holder)))).to.equal('ERR_TLS_CERT_ALTNAME_INVALID');
      }
      await eventually('the connections are gone', () => target.open.size === 0);
    }
  });

  it('makes the next handshake with a target shorter', async () => {
    const reused: boolean[] = [];
    const target = await startTls(BOTH, (socket) => {
      reused.push(socket.isSessionReused());
      performServerHandshake(socket).on('error', () => {});
    });
    const { open } = setUp();
    const holder: TicketHolder = { ticket: undefined };
    await open(target.authority, holder);
    await eventually('a ticket is there', () => holder.ticket !== undefined);
    await open(target.authority, holder);
    expect(reused).to.deep.equal([false, true]);
  });

  it('has a full handshake with a target that fails after a short one', async () => {
    const target = await startTls(BOTH, (socket) => {
      if (socket.isSessionReused()) socket.destroy();
      else performServerHandshake(socket).on('error', () => {});
    });
    const { open } = setUp();
    const holder: TicketHolder = { ticket: undefined };
    await open(target.authority, holder);
    await eventually('a ticket is there', () => holder.ticket !== undefined);
    await open(target.authority, holder).catch(() => {});
    expect(await open(target.authority, holder)).not.to.equal(undefined);
  });

  it('ends every opening when it aborts', async () => {
    const silent = await startTcp(() => {});
    const late = await startTls(BOTH, () => {});
    const { open, connector, clock } = setUp();
    const opened = [rejection(open(silent.authority)), open(late.authority)] as const;
    await eventually('the connections are there', () => silent.open.size === 1 && late.accepted === 1);
    connector.abort();
    expect(codeOf(await opened[0])).to.equal('no connection in time');
    await opened[1].catch(() => {});
    await eventually('the connections are gone', () => silent.open.size + late.open.size === 0);
    expect(clock.timers()).to.equal(0);
  });

  it('gives no session that is over', async () => {
    const goodbye = Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    const target = await startTls(BOTH, (socket) => socket.write(Buffer.concat([SETTINGS, goodbye])));
    const opened = await setUp()
      .open(target.authority)
      .catch((error: Error) => error);
    if (!(opened instanceof Error)) expect(opened !== undefined && isOver(opened.session)).to.equal(false);
    else expect(codeOf(opened)).to.equal('ECONNRESET');
    if (opened instanceof Error) await eventually('the connection is gone', () => target.open.size === 0);
  });
});
