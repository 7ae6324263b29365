import { expect } from 'chai';
import { sharedWorld } from '../../support/shared-world.ts';
import { TOKEN } from '../../world.ts';
import { KEY } from './helpers.ts';
import { said } from './signed.ts';

describe('/pusher, where SDKs look for fallbacks of WebSocket', () => {
  const shared = sharedWorld();
  const cases: [method: string, path: string][] = [
    ['POST', `/pusher/app/${KEY}/123/abc/xhr_streaming?protocol=7&client=js&version=8.6.0&t=1&n=1`],
    ['POST', `/pusher/app/${KEY}/123/abc/xhr?protocol=7&client=js&version=8.6.0&t=1&n=1`],
    ['POST', `/pusher/app/${KEY}/123/abc/xhr_send`],
    ['OPTIONS', `/pusher/app/${KEY}/123/abc/xhr`],
    ['GET', '/pusher/info?t=1'],
    ['GET', '/pusher/iframe.html'],
    ['GET', '/pusher/'],
    ['GET', '/pusher'],
    ['GET', '/pusher/authority'],
  ];
  for (const [method, path] of cases) {
    it(`has none at ${method} ${path.split('?')[0]}`, async () => {
      const missing = [404, { error: 'no such path' }];
      expect(said(await shared().fetch(path, { method })), 'a stranger').to.deep.equal(missing);
      expect(said(await shared().request(path, { method })), 'who has the token').to.deep.equal(missing);
    });
  }

  it('is no device that is called like it', async () => {
    await shared().device('pusher', { acknowledge: true });
    const { json } = await shared().fetch('/pusher.send?text=hi', { headers: { authorization: TOKEN } });
    expect(json.data).to.include({ pusher: 'ok' });
  });
});
