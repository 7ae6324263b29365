import { expect } from 'chai';
import { takeSharedFile } from '../../../pwa/src/model/store/shared-file.ts';
import { receiveShare } from '../../../pwa/sw/share.ts';

/** Caches in memory, as far as they are used. */
function memoryCaches(): CacheStorage {
  const kept = new Map<string, Response>();
  const cache = {
    put: async (key: string, response: Response) => void kept.set(key, response),
    match: async (key: string) => kept.get(key),
    delete: async (key: string) => kept.delete(key),
  };
  return { open: async () => cache } as unknown as CacheStorage;
}

const PAGE = 'https://push.example.org/mpush/';

function share(entries: Readonly<Record<string, string | File>>): Request {
  const body = new FormData();
  for (const [name, value] of Object.entries(entries)) body.append(name, value);
  return new Request(`${PAGE}share`, { method: 'POST', body });
}

describe('receiveShare', () => {
  it('passes texts on in the address, and keeps the file for the composer, once', async () => {
    const caches = memoryCaches();
    const file = new File(['hello'], 'größe.txt', { type: 'text/plain' });
    const answer = await receiveShare(share({ title: 'T', text: 'a&b', url: '', file }), PAGE, caches);
    expect(answer.status).to.equal(303);
    expect(answer.headers.get('location')).to.equal(`${PAGE}?title=T&text=a%26b&file=gr%C3%B6%C3%9Fe.txt`);
    const taken = await takeSharedFile(caches);
    expect([taken?.name, taken?.type, await taken?.text()]).to.deep.equal(['größe.txt', 'text/plain', 'hello']);
    expect(await takeSharedFile(caches)).to.equal(undefined);
  });

  it('opens the page when nothing that can be read was shared', async () => {
    const broken = new Request(`${PAGE}share`, {
      method: 'POST',
      body: 'x',
      headers: { 'content-type': 'text/plain' },
    });
    for (const request of [broken, share({}), share({ file: new File([], 'empty') })]) {
      expect((await receiveShare(request, PAGE, memoryCaches())).headers.get('location')).to.equal(PAGE);
    }
  });
});
