import { expect } from 'chai';
import { parseRedisUrl, type RedisAddress, showAddress } from '../../../server/backends/redis/url.ts';

function address(url: string): RedisAddress {
  const parsed = parseRedisUrl(url);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed;
}

describe('parseRedisUrl', () => {
  it('reads one server, with TLS, login and database', () => {
    expect(address('redis://localhost')).to.deep.equal({
      mode: 'single',
      tls: false,
      hosts: [{ host: 'localhost', port: 6379 }],
      database: 0,
    });
    expect(address('rediss://herald:p%40ss%3A%2F@[::1]:7000/3')).to.deep.equal({
      mode: 'single',
      tls: true,
      hosts: [{ host: '::1', port: 7000 }],
      user: 'herald',
      password: 'p@ss:/',
      database: 3,
    });
    expect(address('redis://:secret@host')).to.include({ password: 'secret' }).and.not.to.have.property('user');
  });

  it('reads sentinels and the name of their master', () => {
    expect(address('redis-sentinel://u:p@one,two:1/mymaster/2')).to.deep.equal({
      mode: 'sentinel',
      tls: false,
      hosts: [
        { host: 'one', port: 26_379 },
        { host: 'two', port: 1 },
      ],
      user: 'u',
      password: 'p',
      master: 'mymaster',
      database: 2,
    });
    expect(address('rediss-sentinel://one/m').tls).to.equal(true);
  });

  it('reads the nodes of a Redis Cluster', () => {
    expect(address('rediss-cluster://one:1,two')).to.deep.equal({
      mode: 'cluster',
      tls: true,
      hosts: [
        { host: 'one', port: 1 },
        { host: 'two', port: 6379 },
      ],
      database: 0,
    });
  });

  it('reads a socket file', () => {
    expect(address('unix:///run/redis/redis.sock')).to.deep.equal({
      mode: 'single',
      tls: false,
      hosts: [],
      path: '/run/redis/redis.sock',
      database: 0,
    });
    expect(address('unix://u:p@/s?db=4')).to.include({ user: 'u', password: 'p', database: 4 });
  });

  const BAD: readonly (readonly [url: string, problem: string])[] = [
    ['', 'expected redis://'],
    ['hunter2', 'expected redis://'],
    ['http://hunter2@host', 'expected redis://'],
    ['unix-cluster:///hunter2', 'expected redis://'],
    ['redis://', 'expected host'],
    ['redis://u:hunter2/x@host', 'expected host'],
    ['redis://u:%hunter2@host', 'percent-encoded'],
    ['redis://:hunter2@host:0', 'a port from 1 to 65535'],
    ['redis://:hunter2@host:65536', 'a port from 1 to 65535'],
    ['redis://:hunter2@host/x', 'the number of a database'],
    ['redis://:hunter2@host/1/2', 'only the number of a database'],
    ['redis://:hunter2@host?db=1', 'no ? and no #'],
    ['redis://:hunter2@one,two', 'several are for redis-sentinel'],
    ['redis-sentinel://:hunter2@one', 'the name of the master'],
    ['redis-sentinel://:hunter2@one/m/1/2', 'the name of the master'],
    ['redis-cluster://:hunter2@one/1', 'Redis Cluster has only one'],
    ['unix://hunter2', 'three slashes'],
    ['unix:///hunter2?x=1', '?db=<number>'],
  ];
  for (const [url, problem] of BAD) {
    it(`says what is expected instead of "${url}", without repeating it`, () => {
      const parsed = parseRedisUrl(url);
      expect(parsed).to.have.property('problem').that.includes(problem);
      expect(JSON.stringify(parsed)).not.to.include('hunter2');
    });
  }
});

describe('showAddress', () => {
  it('shows where Redis is, without the login', () => {
    expect(showAddress(address('redis://u:p@host/3'))).to.equal('redis://host:6379/3');
    expect(showAddress(address('rediss-sentinel://u:p@[::1],b:2/m'))).to.equal('rediss-sentinel://[::1]:26379,b:2/m');
    expect(showAddress(address('unix://u:p@/run/redis.sock'))).to.equal('unix:///run/redis.sock');
  });
});
