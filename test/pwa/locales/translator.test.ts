import { expect } from 'chai';
import { en, type Key, type Phrase } from '../../../pwa/src/locales/en.ts';
import { bytes, countdown, dayLabel, relativeTime, shortTime } from '../../../pwa/src/locales/format.ts';
import { ownerEn } from '../../../pwa/src/locales/owner/en.ts';
import { ownerZh } from '../../../pwa/src/locales/owner/zh.ts';
import { createTranslator, loadTranslator, pickLanguage } from '../../../pwa/src/locales/translator.ts';
import { zh } from '../../../pwa/src/locales/zh.ts';
import { textKeys } from '../../../pwa/src/model/text-keys.ts';

const keys = Object.keys(en) as Key[];
const forms = (phrase: Phrase) => (typeof phrase === 'string' ? [phrase] : Object.values(phrase));
const names = (phrase: Phrase) =>
  [...new Set(forms(phrase).flatMap((form) => [...form.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)))].sort();
const english = createTranslator('en', en, 'en-GB');

describe('the dictionaries', () => {
  it('have every text of the model, in both languages', () => {
    for (const key of textKeys) {
      expect(en, key).to.have.property(key);
      expect(zh, key).to.have.property(key);
    }
    expect(Object.keys(zh).sort()).to.deep.equal([...keys].sort());
  });

  const pairs: readonly (readonly [Readonly<Record<string, Phrase>>, Readonly<Record<string, Phrase>>])[] = [
    [en, zh],
    [ownerEn, ownerZh],
  ];

  it('use the same values in both languages', () => {
    for (const [english, chinese] of pairs) {
      expect(Object.keys(chinese).sort()).to.deep.equal(Object.keys(english).sort());
      for (const [key, phrase] of Object.entries(english)) {
        expect(names(chinese[key] ?? ''), key).to.deep.equal(names(phrase));
      }
    }
  });

  it('have no empty text, and no English in the Chinese one', () => {
    for (const [, chinese] of pairs) {
      for (const [key, phrase] of Object.entries(chinese)) {
        expect(forms(phrase).join(''), key).to.match(/\p{Script=Han}/u);
      }
    }
  });
});

describe('createTranslator', () => {
  it('chooses the plural form for the count, and formats the number', () => {
    expect(english.t('inbox.unread_count', { count: 1 })).to.equal('1 unread message');
    expect(english.t('inbox.unread_count', { count: 1234 })).to.equal('1,234 unread messages');
    expect(createTranslator('zh', zh, 'zh-CN').t('inbox.unread_count', { count: 1 })).to.equal('1 条未读消息');
  });

  it('inserts values unchanged, even with braces and patterns', () => {
    expect(english.t('inbox.no_result', { text: '{text} $& $1' })).to.equal('Nothing found for “{text} $& $1”');
  });

  it('keeps a brace that has no value', () => {
    expect(english.t({ key: 'action.failed' })).to.equal('The server answered with HTTP {status}.');
  });
});

describe('pickLanguage', () => {
  for (const [chosen, wanted, language] of [
    [undefined, ['zh-TW', 'en'], 'zh'],
    [undefined, ['de', 'en-GB', 'zh'], 'en'],
    [undefined, ['de'], 'en'],
    [undefined, [], 'en'],
    [undefined, ['zha'], 'en'],
    ['en', ['zh'], 'en'],
    ['zh', ['en'], 'zh'],
  ] as const) {
    it(`is ${language} for ${wanted.join(', ') || 'nothing'} and the choice ${chosen}`, () => {
      expect(pickLanguage(chosen, wanted)).to.equal(language);
    });
  }

  it('uses the region of the browser for dates', async () => {
    expect((await loadTranslator('en', ['de', 'en-GB'])).tag).to.equal('en-GB');
    expect((await loadTranslator('zh', ['de'])).tag).to.equal('zh-CN');
  });
});

describe('times and sizes', () => {
  const now = new Date(2026, 2, 30, 9, 30).getTime();
  const at = (day: number, hour = 9) => new Date(2026, 2, day, hour).getTime();

  it('formats days', () => {
    const label = (time: number) => dayLabel(english, time, now);
    expect(label(now)).to.equal('Today');
    expect(label(at(29, 23))).to.equal('Yesterday');
    expect(label(at(25))).to.equal('Wednesday');
    expect(label(at(2))).to.equal('2 March');
    expect(label(new Date(2024, 2, 4).getTime())).to.equal('4 March 2024');
  });

  it('counts minutes for an hour, and then shows the time of day', () => {
    expect(shortTime(english, now - 20_000, now)).to.equal('now');
    expect(shortTime(english, now - 5 * 60_000, now)).to.match(/^5\s?min? ago$/);
    expect(shortTime(english, at(30, 7), now)).to.equal('07:00');
  });

  it('treats a time in the future as now', () => {
    expect(shortTime(english, now + 20_000, now)).to.equal('now');
    expect(shortTime(english, at(30, 11), now)).to.equal('now');
    expect(relativeTime(english, at(31), now)).to.equal('now');
    expect(dayLabel(english, at(31), now)).to.equal('Today');
  });

  it('formats sizes and a countdown', () => {
    expect(bytes(english, 0)).to.equal('0 byte');
    expect(bytes(english, 1_500_000)).to.equal('1.5 MB');
    expect(countdown(600_000)).to.equal('10:00');
    expect(countdown(59_001)).to.equal('1:00');
    expect(countdown(-5)).to.equal('0:00');
  });
});
