import { expect } from 'chai';
import { readSocketId } from '../../../../server/dialects/pusher/auth/fields.ts';

const fields = (id: string) => (name: string) => (name === 'socket_id' ? id : '');

describe('readSocketId', () => {
  it('takes two numbers with a dot between them', () => expect(readSocketId(fields('12.34'))).to.equal('12.34'));

  it('says that it is required', () => expect(() => readSocketId(fields(''))).to.throw('Required socket_id'));

  for (const id of ['1', '1.', '.1', '1.2.3', '1.2:private-a', '1.2\n', ' 1.2', '１.２', '1e1.2', '-1.2']) {
    it(`refuses ${JSON.stringify(id)}`, () => expect(() => readSocketId(fields(id))).to.throw('Invalid socket_id'));
  }
});
