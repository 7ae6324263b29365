import { signal } from '@preact/signals';
import { expect } from 'chai';
import { en } from '../../../../pwa/src/locales/en.ts';
import { createTranslator } from '../../../../pwa/src/locales/translator.ts';
import { plainText } from '../../../../pwa/src/model/message/plain-text.ts';
import { rowText } from '../../../../pwa/src/views/inbox/row-text.ts';
import { message } from '../samples.ts';

const ui = { plainText: signal(plainText), t: createTranslator('en', en).t };

describe('rowText', () => {
  const cases: [string, Parameters<typeof message>[0], { title: string; preview: string }][] = [
    ['title and body', { time: 1, title: 'Title', body: '**one**\n\ntwo' }, { title: 'Title', preview: 'one two' }],
    ['a title alone', { time: 1, title: 'Title' }, { title: 'Title', preview: '' }],
    ['a body alone', { time: 1, body: '# One\n\ntwo' }, { title: 'One', preview: 'two' }],
    ['tags alone', { time: 1, tags: ['🎉', 'done'] }, { title: '🎉 done', preview: '' }],
    ['a sender alone', { time: 1, sender: 'ci' }, { title: 'ci', preview: '' }],
    ['a group alone', { time: 1, group: 'ops' }, { title: 'ops', preview: '' }],
    ['nothing', { time: 1 }, { title: 'No text', preview: '' }],
    ['plain text', { time: 1, body: '**one**', markdown: false }, { title: '**one**', preview: '' }],
  ];
  for (const [what, given, expected] of cases) {
    it(`reads ${what}`, () => expect(rowText(ui, message(given))).to.deep.equal(expected));
  }
});
