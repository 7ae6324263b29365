import { expect } from 'chai';
import { readInfo, readParameters, readQuery } from '../../../../server/dialects/pusher/api/parameters.ts';

describe('readQuery', () => {
  it('takes the first of several with one name, and channels[] as a list', () => {
    const pairs = [
      ['info', 'a'],
      ['info', 'b'],
      ['channels[]', 'x'],
      ['channels[]', 'y'],
    ] as const;
    expect(readQuery(pairs)).to.deep.include({ info: 'a', channels: ['x', 'y'] });
    expect(readQuery([])).to.deep.equal({});
  });
});

describe('readParameters', () => {
  const read = (body: string, query: readonly [string, string][] = []) => readParameters(query, Buffer.from(body));

  it('takes those of the body before those of the query', () => {
    const query: [string, string][] = [
      ['name', 'q'],
      ['socket_id', '1.2'],
    ];
    expect(read('{"name":"b"}', query)).to.deep.equal({ name: 'b', socket_id: '1.2' });
    expect(read('', query)).to.deep.equal({ name: 'q', socket_id: '1.2' });
  });

  it('ignores the channels of the query when the body names its own, in either form', () => {
    const query: [string, string][] = [
      ['channel', 'q'],
      ['channels[]', 'q'],
    ];
    expect(read('{"channel":"b"}', query)).to.deep.include({ channel: 'b', channels: undefined });
    expect(read('{"channels":["b"]}', query)).to.deep.include({ channel: undefined, channels: ['b'] });
  });

  for (const body of ['x', '[]', 'null', '1', '"{}"', '{']) {
    it(`refuses ${body}`, () => expect(() => read(body)).to.throw('expected a JSON object'));
  }
});

describe('readInfo', () => {
  const known = ['user_count', 'subscription_count'];

  it('reads attributes with or without blanks, and nothing as none', () => {
    expect(readInfo(' user_count , ,subscription_count', known)).to.deep.equal(known);
    for (const nothing of [undefined, null, '', ' , ']) expect(readInfo(nothing, known)).to.deep.equal([]);
  });

  it('refuses an unknown one, and cuts what it repeats', () => {
    expect(() => readInfo(`user_count,${'x'.repeat(10_000)}`, known)).to.throw(/^unknown attribute x{100} in info;/);
    expect(() => readInfo(['user_count'], known)).to.throw('expected info as text');
  });
});
