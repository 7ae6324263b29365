import { expect } from 'chai';
import { isLocal, localAddress, parseAddress } from '../../server/cli/server-address.ts';

describe('parseAddress', () => {
  const cases: [given: string, http: string, websocket: string][] = [
    ['http://host:9093', 'http://host:9093', 'ws://host:9093'],
    ['https://host', 'https://host', 'wss://host'],
    ['ws://host:9093/', 'http://host:9093', 'ws://host:9093'],
    ['wss://host/mpush/', 'https://host/mpush', 'wss://host/mpush'],
    ['WSS://Host/Mpush', 'https://host/Mpush', 'wss://host/Mpush'],
    ['host:9093', 'http://host:9093', 'ws://host:9093'],
    ['localhost:9093/a/b//', 'http://localhost:9093/a/b', 'ws://localhost:9093/a/b'],
    ['host', 'http://host', 'ws://host'],
    [' 10.0.0.1:1 ', 'http://10.0.0.1:1', 'ws://10.0.0.1:1'],
    ['[::1]:9093', 'http://[::1]:9093', 'ws://[::1]:9093'],
    ['http://host:9093/?token=x#y', 'http://host:9093', 'ws://host:9093'],
  ];
  for (const [given, http, websocket] of cases) {
    it(`reads ${given}`, () => expect(parseAddress(given)).to.deep.equal({ http, websocket }));
  }

  for (const given of [
    '',
    ' ',
    'ftp://host',
    'file:///etc',
    'http:/host',
    'http://',
    'host:x',
    'http://u:p@host',
    'u@host',
    'a b',
    '//host',
    'http://host:99999',
  ]) {
    it(`refuses ${JSON.stringify(given)}`, () => expect(parseAddress(given)).to.equal(undefined));
  }
});

describe('isLocal', () => {
  it('is true only for this machine', () => {
    const local = (text: string) => isLocal(parseAddress(text) ?? { http: 'http://none', websocket: '' });
    for (const text of ['localhost:1', '127.0.0.1:1', '127.9.9.9', '[::1]:5', 'LOCALHOST'])
      expect(local(text)).to.equal(true);
    for (const text of ['host', 'localhost.example', '127.0.0.1.example', '10.0.0.1'])
      expect(local(text)).to.equal(false);
  });
});

describe('localAddress', () => {
  const config = (host: string, port = 9093, websocket = port) => ({
    http: { host, port, basePath: '/base' },
    websocket: { port: websocket },
  });

  it('is the loopback address of a relay that listens everywhere', () => {
    for (const host of ['', '0.0.0.0', '::']) {
      expect(localAddress(config(host, 1, 2))).to.deep.equal({
        http: 'http://127.0.0.1:1/base',
        websocket: 'ws://127.0.0.1:2/base',
      });
    }
  });

  it('is the address that the relay listens on, if it has one', () => {
    expect(localAddress(config('::1'))?.http).to.equal('http://[::1]:9093/base');
    expect(localAddress(config('10.1.1.1'))?.http).to.equal('http://10.1.1.1:9093/base');
  });

  it('is unknown for a relay that picks its port', () => expect(localAddress(config('', 0))).to.equal(undefined));
});
