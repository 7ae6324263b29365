import { expect } from 'chai';
import { freeName, platformName, pushServiceOf, suggestName } from '../../../../pwa/src/model/account/names.ts';

const GECKO = 'Gecko/20100101 Firefox/140.0';
const BLINK = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0';

describe('platformName', () => {
  const cases: [string, string, { model?: string; touch?: boolean }?][] = [
    ['pixel-8', `Mozilla/5.0 (Linux; Android 10; K) ${BLINK} Mobile Safari/537.36`, { model: 'Pixel 8' }],
    ['sm-g991b', `Mozilla/5.0 (Linux; Android 13; SM-G991B Build/TP1A) ${BLINK} Mobile Safari/537.36`],
    ['chrome-android', `Mozilla/5.0 (Linux; Android 10; K) ${BLINK} Mobile Safari/537.36`],
    ['firefox-android', 'Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0'],
    [
      'iphone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1',
    ],
    [
      'ipad',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15',
      { touch: true },
    ],
    ['safari-mac', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15'],
    ['firefox-linux', `Mozilla/5.0 (X11; Linux x86_64; rv:140.0) ${GECKO}`],
    ['edge-windows', `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${BLINK} Safari/537.36 Edg/140.0.0.0`],
    [
      'chrome-linux',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36',
    ],
    ['browser', ''],
    ['a-b-c', `Mozilla/5.0 (Linux; Android 10; K) ${BLINK}`, { model: 'a/b,c\u0000' }],
  ];
  for (const [expected, userAgent, { model = '', touch = false } = {}] of cases) {
    it(`is ${expected}`, async () => {
      expect(await platformName({ userAgent, touch, model: async () => model })).to.equal(expected);
    });
  }

  it('falls back to browser and system when the model is unknown', async () => {
    const model = () => Promise.reject(new Error('not allowed'));
    expect(await platformName({ userAgent: `(X11; Linux) ${GECKO}`, touch: false, model })).to.equal('firefox-linux');
  });
});

describe('freeName', () => {
  it('adds the first number that no device has', () => {
    expect(freeName('iphone', [])).to.equal('iphone');
    expect(freeName('iphone', ['iphone', 'iphone-2', 'iphone-4'])).to.equal('iphone-3');
  });
});

describe('suggestName', () => {
  const android = { userAgent: `Mozilla/5.0 (Linux; Android 10; K) ${BLINK} Mobile Safari/537.36`, touch: true };
  const desktop = { userAgent: `Mozilla/5.0 (X11; Linux x86_64; rv:140.0) ${GECKO}`, touch: false };
  const model = async () => undefined;

  it('suggests phone for the first device, and for a phone while the name is free', async () => {
    expect(await suggestName({ ...desktop, model }, [])).to.equal('phone');
    expect(await suggestName({ ...android, model }, ['thinkpad'])).to.equal('phone');
  });

  it('suggests the name of the machine otherwise, with a number if it is taken', async () => {
    expect(await suggestName({ ...desktop, model }, ['phone'])).to.equal('firefox-linux');
    expect(await suggestName({ ...android, model }, ['phone', 'chrome-android'])).to.equal('chrome-android-2');
  });

  it('suggests only names that need no escaping in an address', async () => {
    for (const told of ['Größe Ø 9/Pro', '红米 Note 12', '小米', '--', 'x'.repeat(200)]) {
      const name = await suggestName({ ...android, model: async () => told }, ['phone']);
      expect(name, told)
        .to.match(/^[a-z0-9]+(?:-[a-z0-9]+)*$/)
        .and.equal(encodeURIComponent(name));
      expect(name.length).to.be.at.most(64);
    }
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
