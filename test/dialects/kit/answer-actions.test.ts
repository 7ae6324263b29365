import { expect } from 'chai';
import { answerActions } from '../../../server/dialects/kit/answer-actions.ts';
import { readContent } from '../../../shared/content.ts';

const answer = 'https://example.org/a/token';

function labels(ask: object, more: object = { answer }): string[] {
  const extra = { ask: { id: 'a'.repeat(30), until: 5, ...ask }, ...more };
  return answerActions(readContent({ text: 'x', desp: '', extra })).map((action) => {
    const url = action.kind === 'copy' ? '' : action.url;
    return `${action.kind} ${action.label} ${url}`;
  });
}

describe('answerActions', () => {
  it('has a button for each of a few options, and a link for the rest', () => {
    expect(labels({ kind: 'choice', options: ['yes', 'n/o'] })).to.deep.equal([
      `http yes ${answer}?answer=yes`,
      `http n/o ${answer}?answer=n%2Fo`,
    ]);
    expect(labels({ kind: 'choice', options: ['1', '2', '3', '4'] })).to.deep.equal([`open Answer ${answer}`]);
    expect(labels({ kind: 'text' })).to.deep.equal([`open Answer ${answer}`]);
    expect(labels({ kind: 'acknowledge', round: 1 })).to.deep.equal([`http Acknowledge ${answer}`]);
  });

  it('has none without an address, or for other messages', () => {
    expect(labels({ kind: 'text' }, {})).to.deep.equal([]);
    expect(labels({ kind: 'poll' })).to.deep.equal([]);
  });
});
