import { expect } from 'chai';
import { collect, isSendPath, readPath, readStrict, readWait, single } from '../../../server/dialects/mpush/query.ts';

const query = (text: string) => collect(new URLSearchParams(text));

describe('readPath', () => {
  const personal: [string, string][] = [
    ['/kooritea.send', 'kooritea'],
    ['/a.b.send', 'a.b'],
    ['/a.group.send', 'a.group'],
    ['/a.send.send', 'a.send'],
    ['/..send', '.'],
    ['/%E5%BC%A0.send', '张'],
    ['/%F0%9F%93%B1.send', '📱'],
    ['/a%20b.send', 'a b'],
    ['/a+b.send', 'a+b'],
    ['/a%2Esend', 'a'],
    ['/__proto__.send', '__proto__'],
    [`/${'x'.repeat(64)}.send`, 'x'.repeat(64)],
  ];
  for (const [path, target] of personal) {
    it(`finds the name ${JSON.stringify(target)} in ${path}`, () => {
      expect(readPath(path)).to.deep.equal({ sendType: 'personal', target });
    });
  }

  it('finds a group', () => {
    expect(readPath('/ops.send.group')).to.deep.equal({ sendType: 'group', target: 'ops.send' });
  });

  const unknown = ['/', '/a', '/a.sendx', '/a.SEND', '/a.send/', '/a.send/x', '/a/b.send', '/a%2Fb.send', '/%ZZ.send'];
  for (const path of [...unknown, '/a%.send', '/send', '/mpush/n.send', 'a.send']) {
    it(`does not know ${path}`, () => {
      expect(() => readPath(path))
        .to.throw(`pathname verify error: ${path}`)
        .with.property('code', 'not_found');
    });
  }

  for (const path of ['/.send', '/.group', '/mid.send', '/status.group', '/a,b.send', '/a%00.send', '/a%0A.group']) {
    it(`refuses the name in ${path}`, () => {
      expect(() => readPath(path))
        .to.throw(/^name /)
        .with.property('code', 'invalid');
    });
  }

  for (const path of ['/%C3.send', '/%C4%E3.send', '/a%ff.group']) {
    it(`refuses ${path}, which is not UTF-8`, () => {
      expect(() => readPath(path))
        .to.throw('expected a path in UTF-8')
        .with.property('code', 'invalid');
    });
  }

  it('refuses a name of 65 characters', () => {
    expect(() => readPath(`/${'x'.repeat(65)}.send`)).to.throw(/1 to 64 characters/);
  });
});

describe('isSendPath', () => {
  it('tells send paths from others, also where the name is wrong', () => {
    expect(['/a.send', '/a.group', '/.send', '/%ZZ.send'].map(isSendPath)).to.deep.equal([true, true, true, true]);
    expect(['/', '/a', '/a.sendx', '/a.send/x'].map(isSendPath)).to.deep.equal([false, false, false, false]);
  });
});

describe('readWait', () => {
  const cases: [string, number][] = [
    ['', 500],
    ['wait=0', 0],
    ['wait=1200', 1200],
    ['wait=00007', 7],
    ['wait=999999999999999', 2000],
  ];
  for (const [text, wait] of cases) {
    it(`makes ${wait} of ${JSON.stringify(text)}`, () => {
      expect(readWait(query(text), 500, 2000)).to.equal(wait);
    });
  }

  it('takes a number of JSON', () => {
    expect(readWait(collect([['wait', 250]]), 500, 2000)).to.equal(250);
  });

  it('keeps the preset within the maximum', () => {
    expect(readWait(query(''), 5000, 2000)).to.equal(2000);
  });

  for (const text of [
    'wait=',
    'wait=-1',
    'wait=1.5',
    'wait=1e3',
    'wait=5s',
    'wait=1&wait=2',
    'wait=NaN',
    'wait=0x10',
  ]) {
    it(`refuses ${text}`, () => {
      expect(() => readWait(query(text), 500, 2000)).to.throw('wait must be a whole number of milliseconds, 0 or more');
    });
  }

  for (const value of [null, {}, [], [1, 2], true, -1, 1.5]) {
    it(`refuses ${JSON.stringify(value)} of JSON`, () => {
      expect(() => readWait(collect([['wait', value]]), 500, 2000)).to.throw(/^wait must be/);
    });
  }
});

describe('single', () => {
  it('gives a parameter that came once, as text', () => {
    expect(single(query('token=a'), 'token')).to.equal('a');
    expect(single(query('token=a&token=b'), 'token')).to.equal(undefined);
    expect(single(query(''), 'token')).to.equal(undefined);
    expect(single(collect([['token', { a: 1 }]]), 'token')).to.equal(undefined);
  });
});

describe('readStrict', () => {
  for (const [text, strict] of [
    ['', true],
    ['strict=1', true],
    ['strict=true', true],
    ['strict=0', false],
    ['strict=false', false],
  ] as const) {
    it(`makes ${strict} of ${JSON.stringify(text)}`, () => {
      expect(readStrict(query(text), true)).to.equal(strict);
    });
  }

  for (const text of ['strict', 'strict=yes', 'strict=1&strict=1']) {
    it(`refuses ${text}`, () => {
      expect(() => readStrict(query(text), false)).to.throw('strict must be 0 or 1');
    });
  }
});
