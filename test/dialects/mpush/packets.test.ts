import { expect } from 'chai';
import {
  authAccepted,
  authRefused,
  checkDepth,
  httpReply,
  info,
  optionalText,
  PONG,
  parseJson,
  readBody,
  readFrame,
  readMessage,
  readPacket,
  replyData,
  requiredText,
  toText,
} from '../../../server/dialects/mpush/packets.ts';
import { writeContent } from '../../../shared/content.ts';
import type { Status } from '../../../shared/status.ts';
import { seeded } from '../../e2e/random.ts';

const HTTP = { method: 'http', name: '' } as const;
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('parseJson', () => {
  it('reads JSON', () => {
    expect(parseJson('{"cmd":"PING"}')).to.deep.equal({ cmd: 'PING' });
  });

  for (const text of ['', '{', 'PING', '{"cmd":}', '\u0000', '{"a":1}x', "{'a':1}"]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseJson(text)).to.throw('expected JSON: {"cmd": string, "data": object}');
    });
  }

  it('reads 32 levels and refuses the next', () => {
    expect(parseJson(nested(32))).to.be.an('array');
    expect(() => parseJson(nested(34))).to.throw('nested deeper than 32 levels');
  });

  it('counts what is in the deepest level too', () => {
    const around = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    expect(parseJson(around(32))).to.be.an('object');
    expect(() => parseJson(around(33))).to.throw('nested deeper than 32 levels');
    expect(parseJson(`${'['.repeat(32)}1${']'.repeat(32)}`)).to.be.an('array');
    expect(() => parseJson(`${'['.repeat(33)}1${']'.repeat(33)}`)).to.throw('nested deeper than 32 levels');
    expect(parseJson(nested(33))).to.be.an('array');
  });

  it('refuses 100,000 levels without an overflow', () => {
    expect(() => parseJson(nested(100_000))).to.throw('nested deeper than 32 levels');
    expect(() => parseJson(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`)).to.throw('nested deeper');
  });
});

describe('checkDepth', () => {
  it('takes values that are wide but flat', () => {
    expect(() => checkDepth({ list: Array.from({ length: 100_000 }, (_, i) => i) })).not.to.throw();
  });
});

describe('readFrame', () => {
  const read = (run: () => unknown) => {
    try {
      return run();
    } catch (error) {
      return String(error);
    }
  };
  const check = (text: string) =>
    expect(
      read(() => readFrame(text)),
      text,
    ).to.deep.equal(read(() => readPacket(parseJson(text))));

  it('reads acknowledgements as clients write them', () => {
    const mid = '1732921234567';
    const packet = { cmd: 'MESSAGE_CALLBACK', data: { mid } };
    expect(readFrame(JSON.stringify(packet))).to.deep.equal({ ...packet, auth: undefined });
    for (const shown of [
      { ...packet, auth: 'a.b-_c' },
      { auth: 'a.b-_c', ...packet },
    ]) {
      expect(readFrame(JSON.stringify(shown))).to.deep.equal({ ...packet, auth: 'a.b-_c' });
    }
  });

  it('reads every text as the JSON parser does', () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const random = seeded(seed);
    const pick = (list: readonly string[]) => list[Math.floor(random() * list.length)] ?? '';
    const cmd = [
      '"cmd":"MESSAGE_CALLBACK"',
      '"cmd":"MESSAGE"',
      '"cmd": "MESSAGE_CALLBACK"',
      '"cmd":"MESSAGE_CALLBACK\\u0000"',
    ];
    const mids = [
      '"1"',
      '"1732921234567"',
      '"12345678901234567"',
      '""',
      '1',
      '1732921234567890123',
      '"1\\n"',
      '"x"',
      'null',
    ];
    const auths = [
      '"auth":"a.b-_c"',
      '"auth":""',
      '"auth":"\\u0061"',
      '"auth":null',
      '"auth":"é"',
      '"auth":{"mid":"1"}',
    ];
    const field = () =>
      pick([
        pick(cmd),
        pick(cmd),
        pick(auths),
        `"data":{"mid":${pick(mids)}}`,
        `"data":{"mid":${pick(mids)},"mid":"2"}`,
      ]);
    const usual = () => [
      pick(['', pick(auths)]),
      pick(cmd),
      pick(['', pick(auths)]),
      `"data":{"mid":${pick(mids)}}`,
      pick(['', pick(auths)]),
    ];
    for (let n = 0; n < 20_000; n += 1) {
      const fields = random() < 0.7 ? usual() : Array.from({ length: Math.floor(random() * 5) }, field);
      const text = `{${fields.filter((one) => one !== '').join(pick([',', ',', ',', ' ,']))}}${pick(['', '', '', '\n', '}'])}`;
      try {
        check(text);
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
  });
});

describe('readPacket', () => {
  const cases: [unknown, string][] = [
    [{ cmd: 'PING' }, 'PING'],
    [{}, 'undefined'],
    [{ cmd: 5 }, '5'],
    [{ cmd: { toString: 1 } }, '[object Object]'],
    [JSON.parse('{"__proto__":{"cmd":"AUTH"}}'), 'undefined'],
  ];
  for (const [value, cmd] of cases) {
    it(`takes ${JSON.stringify(value)} for the command ${cmd}`, () => {
      expect(readPacket(value).cmd).to.equal(cmd);
    });
  }

  for (const value of [null, [], [{ cmd: 'PING' }], 'PING', 1, true]) {
    it(`refuses ${JSON.stringify(value)}`, () => {
      expect(() => readPacket(value)).to.throw(/^parse ClientSocketPacket error: /);
    });
  }
});

describe('toText', () => {
  const cases: [unknown, string][] = [
    ['a', 'a'],
    [0, '0'],
    [false, 'false'],
    [null, ''],
    [undefined, ''],
    [{ toString: 1 }, '[object Object]'],
    [['1', '2'], '1,2'],
    [[{ toString: 1 }, null, 3], '[object Object],,3'],
  ];
  for (const [value, text] of cases) {
    it(`makes ${JSON.stringify(text)} of ${JSON.stringify(value)}`, () => {
      expect(toText(value)).to.equal(text);
    });
  }
});

describe('requiredText', () => {
  it('stringifies numbers and booleans', () => {
    expect(requiredText({ mid: 1795298858174 }, 'mid')).to.equal('1795298858174');
    expect(requiredText({ mid: true }, 'mid')).to.equal('true');
  });

  for (const data of [{}, { mid: '' }, { mid: 0 }, { mid: null }, { mid: false }]) {
    it(`asks for the field that ${JSON.stringify(data)} does not have`, () => {
      expect(() => requiredText(data, 'mid')).to.throw('mid property is required');
    });
  }

  for (const data of [{ mid: {} }, { mid: [] }, { mid: ['1'] }, { mid: { toString: 1 } }]) {
    it(`refuses ${JSON.stringify(data)}`, () => {
      expect(() => requiredText(data, 'mid')).to.throw('mid property must be a string');
    });
  }

  for (const data of [undefined, null, 'x', 5, [], true]) {
    it(`refuses ${JSON.stringify(data)} in the place of data`, () => {
      expect(() => requiredText(data, 'mid')).to.throw('data property must be an object');
    });
  }

  it('does not find what data only inherits', () => {
    expect(optionalText(JSON.parse('{"__proto__":{"token":"x"}}'), 'token')).to.equal('');
  });
});

describe('readBody', () => {
  const cases: [unknown, object][] = [
    [undefined, { text: '', desp: '', extra: {} }],
    [null, { text: '', desp: '', extra: {} }],
    ['hello', { text: '', desp: '', extra: {} }],
    [
      { text: 0, desp: false },
      { text: '', desp: '', extra: {} },
    ],
    [
      { text: 5, desp: true },
      { text: '5', desp: 'true', extra: {} },
    ],
    [
      { text: { toString: 1 }, desp: {} },
      { text: '[object Object]', desp: '[object Object]', extra: {} },
    ],
    [
      { text: [1, 2], extra: null },
      { text: '1,2', desp: '', extra: {} },
    ],
    [{ extra: [1] }, { text: '', desp: '', extra: {} }],
    [{ extra: 'x' }, { text: '', desp: '', extra: {} }],
    [{ extra: { a: { b: [1, null] } } }, { text: '', desp: '', extra: { a: { b: [1, null] } } }],
  ];
  for (const [message, body] of cases) {
    it(`makes ${JSON.stringify(body)} of ${JSON.stringify(message)}`, () => {
      expect(writeContent(readBody(message))).to.deep.equal(body);
    });
  }

  it('keeps a key __proto__ of extra as a key', () => {
    const { extra } = readBody(JSON.parse('{"extra":{"__proto__":{"polluted":1}}}'));
    expect(JSON.stringify(extra)).to.equal('{"__proto__":{"polluted":1}}');
    expect((extra as { polluted?: unknown }).polluted).to.equal(undefined);
  });
});

describe('readMessage', () => {
  const errors: [unknown, string | RegExp][] = [
    [undefined, 'data property must be an object'],
    [{}, 'target property is required'],
    [{ target: '', sendType: 'x' }, 'target property is required'],
    [{ target: 'a' }, "sendType property must 'personal' or 'group'"],
    [{ target: 'a', sendType: 'Personal' }, "sendType property must 'personal' or 'group'"],
    [{ target: 'a', sendType: ['personal'] }, "sendType property must 'personal' or 'group'"],
    [{ target: ['a'], sendType: 'personal' }, 'target property must be a string'],
    [{ target: 'mid', sendType: 'personal' }, /^name must be 1 to 64 characters/],
    [{ target: 'a/b', sendType: 'group' }, /^name must be 1 to 64 characters/],
  ];
  for (const [data, text] of errors) {
    it(`refuses ${JSON.stringify(data)}`, () => {
      expect(() => readMessage(data, HTTP)).to.throw(text);
    });
  }

  it('takes a target without a message', () => {
    const { content, ...rest } = readMessage({ target: 123, sendType: 'group' }, HTTP);
    expect(rest).to.deep.equal({ sendType: 'group', target: '123', from: HTTP });
    expect(writeContent(content)).to.deep.equal({ text: '', desp: '', extra: {} });
  });
});

describe('packets of the server', () => {
  it('have the bytes that mpush sends', () => {
    expect(PONG).to.equal('{"cmd":"PONG","data":""}');
    expect(info('Unknow cmd: X')).to.equal('{"cmd":"INFO","data":"Unknow cmd: X"}');
    expect(authRefused(401, 'Need Auth')).to.equal('{"cmd":"AUTH","data":{"code":401,"msg":"Need Auth"}}');
    const keys = { webpushPublicKey: 'K', fcmProjectId: '', fcmApplicationId: '', fcmApiKey: '' };
    expect(authAccepted('JWT', keys)).to.equal(
      '{"cmd":"AUTH","data":{"code":200,"auth":"JWT","msg":"Successful authentication","fcmServerKey":"K",' +
        '"webpushServerKey":"K","webpushPublicKey":"K","fcmProjectId":"","fcmApplicationId":"","fcmApiKey":""}}',
    );
  });

  const statuses = new Map<string, Status>([
    ['b', 'ok'],
    ['1', 'wait'],
    ['__proto__', 'webpush-ok'],
    ['say "hi"', 'fcm-ok-comfirm'],
  ]);

  it('tell statuses in the order of the recipients, whatever their names', () => {
    expect(replyData({ mid: '7', statuses }, '2.1')).to.equal(
      '{"mid":"7","status":{"b":"ok","1":"wait","__proto__":"webpush-ok","say \\"hi\\"":"fcm-ok-comfirm"}}',
    );
  });

  it('tell statuses over HTTP in both shapes', () => {
    expect(httpReply({ mid: '7', statuses: new Map([['a', 'ok']]) }, '2.1')).to.equal(
      '{"cmd":"MESSAGE_REPLY","data":{"mid":"7","status":{"a":"ok"},"a":"ok"}}',
    );
    expect(httpReply({ mid: '7', statuses: new Map() }, '2.1')).to.equal(
      '{"cmd":"MESSAGE_REPLY","data":{"mid":"7","status":{}}}',
    );
  });

  it('give a hint over HTTP beside what mpush says', () => {
    expect(httpReply({ mid: '7', statuses: new Map([['a', 'no']]), hint: 'did you mean "b"?' }, '2.1')).to.equal(
      '{"cmd":"MESSAGE_REPLY","data":{"mid":"7","status":{"a":"no"},"a":"no"},"hint":"did you mean \\"b\\"?"}',
    );
  });

  const names: [Status, string][] = [
    ['ready', 'ready'],
    ['wait', 'wait'],
    ['webpush-wait', 'webpush-wait'],
    ['webpush-ok', 'webpush-send'],
    ['webpush-ok-comfirm', 'webpush-ok'],
    ['fcm-wait', 'fcm-wait'],
    ['fcm-ok', 'fcm-send'],
    ['fcm-ok-comfirm', 'fcm-ok'],
    ['failed', 'failed'],
    ['ok', 'ok'],
  ];
  for (const [status, name] of names) {
    it(`calls ${status} ${name} in the words of 2.2`, () => {
      expect(replyData({ mid: '7', statuses: new Map([['a', status]]) }, '2.2')).to.equal(
        `{"mid":"7","status":{"a":"${name}"}}`,
      );
      expect(replyData({ mid: '7', statuses: new Map([['a', status]]) }, '2.1')).to.equal(
        `{"mid":"7","status":{"a":"${status}"}}`,
      );
    });
  }
});
