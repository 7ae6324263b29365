// Loads the library of web push. Most relays need it late or never.
import { createRequire } from 'node:module';

// Unlike `import`, `require` tries again after a failure, such as one for want of a file descriptor.
const require = createRequire(import.meta.url);

/** web-push. The first call loads it. @throws what loading throws; the next call tries again */
export function loadWebPush(): typeof import('web-push') {
  return require('web-push') as typeof import('web-push');
}
