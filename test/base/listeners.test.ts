import { expect } from 'chai';
import { createListeners } from '../../server/base/listeners.ts';

describe('createListeners', () => {
  it('tells every listener, in the order in which they were added', () => {
    const heard: string[] = [];
    const { add, tell } = createListeners<[what: string, times: number]>(() => {});
    add((what, times) => heard.push(`first ${what} ${times}`));
    add((what) => heard.push(`second ${what}`));
    tell('news', 2);
    expect(heard).to.deep.equal(['first news 2', 'second news']);
  });

  it('tells the others when one throws, and hands over the error', () => {
    const heard: string[] = [];
    const failures: unknown[] = [];
    const { add, tell } = createListeners<[what: string]>((error) => failures.push(error));
    const fault = new Error('broken');
    add(() => {
      throw fault;
    });
    add((what) => heard.push(what));
    tell('news');
    expect(heard).to.deep.equal(['news']);
    expect(failures).to.deep.equal([fault]);
  });
});
