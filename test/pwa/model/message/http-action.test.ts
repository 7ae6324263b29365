import { expect } from 'chai';
import { callAction } from '../../../../pwa/src/model/message/http-action.ts';

describe('callAction', () => {
  const action = {
    kind: 'http',
    label: 'Off',
    url: 'https://lamp.example/off',
    method: 'PUT',
    headers: { 'x-room': 'hall' },
  } as const;

  async function call(part: object = {}): Promise<RequestInit> {
    let used: RequestInit = {};
    const fetch = async (_: string, init: RequestInit) => {
      used = init;
      return new Response('');
    };
    await callAction({ ...action, ...part }, fetch, 1000);
    return used;
  }

  it('sends the request as the sender described it, without the person’s own session', async () => {
    expect(await call({ body: '0' })).to.deep.include({
      method: 'PUT',
      headers: { 'x-room': 'hall' },
      body: '0',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    });
    expect(await call()).to.not.have.property('body');
  });

  it('gives up after the timeout', async () => {
    const never = (_: string, { signal }: RequestInit) =>
      new Promise<Response>((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
      });
    const failed = await callAction(action, never, 1).catch((error: DOMException) => error.name);
    expect(failed).to.equal('TimeoutError');
  });
});
