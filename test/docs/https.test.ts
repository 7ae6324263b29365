import { describePage } from '../support/page.ts';

// Caddy runs the file in test/packages/https.test.ts.
describePage('docs/https', { own: ['caddyfile'] });
