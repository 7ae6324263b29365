// The file that another app shared. The service worker receives it, and keeps it until the composer takes it.

/** A cache of its own. Only the newest file is kept. */
const CACHE = 'herald-shared';
const KEY = './shared-file';
const NAME_HEADER = 'x-name';

/** Keeps a file for the composer. */
export async function keepSharedFile(caches: CacheStorage, file: File): Promise<void> {
  const headers = {
    'content-type': file.type || 'application/octet-stream',
    [NAME_HEADER]: encodeURIComponent(file.name),
  };
  await (await caches.open(CACHE)).put(KEY, new Response(file, { headers }));
}

/** Takes the file. Undefined if there is none. */
export async function takeSharedFile(caches: CacheStorage): Promise<File | undefined> {
  const cache = await caches.open(CACHE);
  const response = await cache.match(KEY);
  if (response === undefined) return undefined;
  await cache.delete(KEY);
  const { headers } = response;
  const name = decodeURIComponent(headers.get(NAME_HEADER) ?? '') || 'file';
  return new File([await response.blob()], name, { type: headers.get('content-type') ?? '' });
}
