import { expect } from 'chai';
import { freeName, platformName, pushServiceOf } from '../../../../pwa/src/model/account/names.ts';

const GECKO = 'Gecko/20100101 Firefox/140.0';
const BLINK = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0';

describe('platformName', () => {
  const cases: [string, string, { model?: string; touch?: boolean }?][] = [
    ['Pixel 8', `Mozilla/5.0 (Linux; Android 10; K) ${BLINK} Mobile Safari/537.36`, { model: 'Pixel 8' }],
    ['SM-G991B', `Mozilla/5.0 (Linux; Android 13; SM-G991B Build/TP1A) ${BLINK} Mobile Safari/537.36`],
    ['Chrome on Android', `Mozilla/5.0 (Linux; Android 10; K) ${BLINK} Mobile Safari/537.36`],
    ['Firefox on Android', 'Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0'],
    [
      'iPhone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1',
    ],
    [
      'iPad',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15',
      { touch: true },
    ],
    [
      'Safari on Mac',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15',
    ],
    ['Firefox on Linux', `Mozilla/5.0 (X11; Linux x86_64; rv:140.0) ${GECKO}`],
    ['Edge on Windows', `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${BLINK} Safari/537.36 Edg/140.0.0.0`],
    [
      'Chrome on Linux',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36',
    ],
    ['Browser on a computer', ''],
    ['a b c', `Mozilla/5.0 (Linux; Android 10; K) ${BLINK}`, { model: 'a/b,c\u0000' }],
  ];
  for (const [expected, userAgent, { model = '', touch = false } = {}] of cases) {
    it(`is ${expected}`, async () => {
      expect(await platformName({ userAgent, touch, model: async () => model })).to.equal(expected);
    });
  }

  it('does without a model that cannot be had', async () => {
    const model = () => Promise.reject(new Error('not allowed'));
    expect(await platformName({ userAgent: `(X11; Linux) ${GECKO}`, touch: false, model })).to.equal(
      'Firefox on Linux',
    );
  });
});

describe('freeName', () => {
  it('counts on until nobody has the name', () => {
    expect(freeName('iPhone', [])).to.equal('iPhone');
    expect(freeName('iPhone', ['iPhone', 'iPhone 2', 'iPhone 4'])).to.equal('iPhone 3');
  });
});

describe('pushServiceOf', () => {
  const cases: [string, string, boolean?][] = [
    ['fcm.googleapis.com', `Mozilla/5.0 (Linux; Android 10; K) ${BLINK} Mobile Safari/537.36`],
    ['fcm.googleapis.com', `Mozilla/5.0 (Linux; Android 10; K) ${BLINK} Mobile Safari/537.36 EdgA/140.0.0.0`],
    ['notify.windows.com', `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${BLINK} Safari/537.36 Edg/140.0.0.0`],
    ['push.services.mozilla.com', `Mozilla/5.0 (X11; Linux x86_64; rv:140.0) ${GECKO}`],
    ['web.push.apple.com', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15'],
    ['web.push.apple.com', 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) CriOS/140 Mobile Safari/604.1'],
  ];
  for (const [service, userAgent, touch = false] of cases) {
    it(`is ${service} for ${userAgent.slice(12, 60)}`, () => {
      expect(pushServiceOf({ userAgent, touch })).to.equal(service);
    });
  }
});
