import { expect } from 'chai';
import { RelayError } from '../../server/base/errors.ts';
import { askOf, newRecord, readAnswer, settledText, viewOf, withName } from '../../server/messages/answer-state.ts';
import type { AnswerInfo } from '../../shared/api.ts';

function read(question: Pick<AnswerInfo, 'kind' | 'options'>, text: unknown): string {
  try {
    return readAnswer(question, text);
  } catch (error) {
    return error instanceof RelayError ? error.message : String(error);
  }
}

describe('readAnswer', () => {
  const choice = { kind: 'choice', options: ['yes', 'Yes', 'no'] } as const;
  const text = { kind: 'text' } as const;

  it('finds the option that is meant', () => {
    expect([read(choice, 'Yes'), read(choice, 'YES'), read(choice, ' no\n')]).to.deep.equal(['Yes', 'yes', 'no']);
  });

  it('takes a text as it is, with line ends of one kind', () => {
    expect(read(text, ' tomorrow\r\nat 9 ')).to.equal('tomorrow\nat 9');
    expect(read({ kind: 'acknowledge' }, undefined)).to.equal('acknowledged');
  });

  it('says what was expected', () => {
    for (const wrong of ['', 'maybe', 'yes,no', '__proto__']) {
      expect(read(choice, wrong), wrong).to.equal('expected one of yes, Yes, no');
    }
    for (const wrong of ['', '  ', 'x'.repeat(1001), 'a\u001b[2J', 'a\u0000', '\ud800']) {
      expect(read(text, wrong)).to.equal('expected 1 to 1000 characters, without control characters');
    }
    for (const wrong of [undefined, null, 1, {}, ['yes']]) {
      expect([read(choice, wrong), read(text, wrong)]).to.deep.equal(Array(2).fill('answer must be a string'));
    }
  });
});

describe('settledText', () => {
  it('says what became of a question', () => {
    const of = (changes: object) => settledText({ kind: 'choice', ...changes } as AnswerInfo);
    expect(of({ state: 'answered', answer: 'yes', by: 'pixel' })).to.equal('answered: yes, by pixel');
    expect(of({ kind: 'acknowledge', state: 'answered', by: 'pixel' })).to.equal('acknowledged by pixel');
    expect(of({ state: 'expired' })).to.equal('nobody answered in time');
    expect(of({ state: 'cancelled' })).to.equal('the question was withdrawn');
  });
});

describe('withName', () => {
  const asked = { title: '', from: '', sender: '', kind: 'text', until: 5, number: '1' } as const;

  it('renames a device where the question names it, and nothing else', () => {
    const own = newRecord({ ...asked, sendType: 'personal', target: 'phone' }, 1);
    const group = { ...newRecord({ ...asked, sendType: 'group', target: 'phone' }, 1), escalated: ['a', 'phone'] };
    expect(withName(own, 'phone', 'pixel')).to.deep.equal({ ...own, target: 'pixel' });
    expect(withName(group, 'phone', 'pixel')).to.deep.equal({ ...group, escalated: ['a', 'pixel'] });
    expect(withName(own, 'tablet', 'pixel')).to.equal(own);
  });
});

describe('askOf', () => {
  it('has what a message says of its question, and nothing of the sender', () => {
    const asked = { sendType: 'personal', target: 'phone', title: 'Deploy?', from: 'ci', sender: 'key/ci' } as const;
    const record = newRecord({ ...asked, kind: 'choice', options: ['yes', 'no'], until: 5, number: '1', round: 1 }, 1);
    const info = viewOf('id', record);
    expect(askOf(info)).to.deep.equal({ id: 'id', kind: 'choice', options: ['yes', 'no'], until: 5, round: 1 });
    expect(JSON.stringify(info)).not.to.match(/key.ci|number/);
  });
});
