import { expect } from 'chai';
import { connectionProblem } from '../../server/cli/connection-problem.ts';

const failure = (message: string, code?: string) =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

describe('connectionProblem', () => {
  const known: [code: string, text: string][] = [
    ['ECONNREFUSED', 'nothing listens there'],
    ['ENOTFOUND', 'no such host'],
    ['ETIMEDOUT', 'no answer in time'],
    ['ECONNABORTED', 'no answer in time'],
    ['ECONNRESET', 'the connection broke'],
    ['EPROTO', 'the other side does not speak TLS'],
  ];
  for (const [code, text] of known) {
    it(`explains ${code}`, () => {
      expect(connectionProblem(failure(`connect ${code} 127.0.0.1:1`, code))).to.equal(text);
    });
  }

  it("shows another error's own text, made safe for a terminal", () => {
    expect(connectionProblem(failure('odd \u001b[2J', 'EODD'))).to.equal('odd \\u001b[2J');
    expect(connectionProblem(failure('plain'))).to.equal('plain');
  });

  it('shows the code of an error without a text', () => {
    expect(connectionProblem(failure('', 'EODD'))).to.equal('EODD');
  });
});
