import { expect } from 'chai';
import { createAnswerIds, ID_LENGTH } from '../../server/messages/answer-ids.ts';

describe('createAnswerIds', () => {
  const ids = createAnswerIds('a secret');

  it('makes the same id for the same number, and another one for another secret', () => {
    expect(ids.idOf('7'))
      .to.match(/^[0-9A-Za-z]{30}$/)
      .and.have.lengthOf(ID_LENGTH);
    expect(createAnswerIds('a secret').idOf('7')).to.equal(ids.idOf('7'));
    expect(ids.idOf('8')).to.not.equal(ids.idOf('7'));
    expect(createAnswerIds('another').idOf('7')).to.not.equal(ids.idOf('7'));
  });

  it('finds the question of a token', () => {
    const id = ids.idOf('7');
    expect(ids.tokenOf(id)).to.match(/^[0-9A-Za-z]{52}$/);
    expect(ids.idOfToken(ids.tokenOf(id))).to.equal(id);
  });

  it('knows no other text', () => {
    const id = ids.idOf('7');
    const token = ids.tokenOf(id);
    const last = token.endsWith('0') ? '1' : '0';
    const others = [
      '',
      id,
      `${token}0`,
      token.slice(0, -1) + last,
      ids.idOf('8') + token.slice(ID_LENGTH),
      `${token}\n`,
    ];
    for (const text of [...others, createAnswerIds('another').tokenOf(id)]) {
      expect(ids.idOfToken(text), text).to.equal(undefined);
    }
  });
});
