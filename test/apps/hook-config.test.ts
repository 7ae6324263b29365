import { expect } from 'chai';
import { hookConfig, toHook } from '../../server/apps/hook-config.ts';

const hook = { url: 'http://host/hook', events: ['channel_occupied'] };

describe('hookConfig', () => {
  it('batches by default, and takes headers and a filter', () => {
    expect(hookConfig.parse(hook).batch).to.equal(true);
    const full = { ...hook, batch: false, headers: { 'X-Own': 'ä' }, filter: { prefix: 'a', suffix: 'z' } };
    expect(hookConfig.parse(full)).to.deep.equal(full);
  });

  const wrong: [what: string, hook: object][] = [
    ['an unknown key', { ...hook, secret: 'x' }],
    ['no URL', { events: [] }],
    ['another protocol', { ...hook, url: 'ftp://host/' }],
    ['an unknown event', { ...hook, events: ['channel_full'] }],
    ['more events than there can be', { ...hook, events: Array(65).fill('channel_occupied') }],
    ['a header that frames the request', { ...hook, headers: { 'Transfer-Encoding': 'chunked' } }],
    ['a header with a line break', { ...hook, headers: { 'x-own': 'a\r\nx-other: b' } }],
    ['a header outside of Latin-1', { ...hook, headers: { 'x-own': '手机' } }],
    ['a filter of another shape', { ...hook, filter: { regex: '.*' } }],
  ];
  for (const [what, one] of wrong) {
    it(`refuses ${what}`, () => expect(hookConfig.safeParse(one).success).to.equal(false));
  }
});

describe('toHook', () => {
  it("writes webman's event as its server sends it", () => {
    const config = hookConfig.parse({ ...hook, events: ['server-event', 'channel_vacated'] });
    expect(toHook(config).events).to.deep.equal(['server_event', 'channel_vacated']);
  });
});
