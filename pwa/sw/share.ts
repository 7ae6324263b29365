// Receives what another app shares with the page. The texts go on in the address, and the file into a cache.
import { keepSharedFile } from '../src/model/store/shared-file.ts';

const TEXTS = ['title', 'text', 'url'] as const;

/** Answers the form of the manifest's share target with the composer's address. Never rejects. */
export async function receiveShare(request: Request, page: string, caches: CacheStorage): Promise<Response> {
  const target = new URL(page);
  try {
    const form = await request.formData();
    for (const name of TEXTS) {
      const text = form.get(name);
      if (typeof text === 'string' && text !== '') target.searchParams.set(name, text);
    }
    const file = form.get('file');
    if (file instanceof File && file.size > 0) {
      await keepSharedFile(caches, file);
      target.searchParams.set('file', file.name);
    }
  } catch {
    // The page opens without what was shared.
  }
  return Response.redirect(target.href, 303);
}
