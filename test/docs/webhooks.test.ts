import { describePage } from '../support/page.ts';
import { sendsWithKey } from '../support/sender-page.ts';

describePage('docs/webhooks', {
  ...sendsWithKey,
  steps: { secret: async ({ play }) => void (await play()), template: async ({ play }) => void (await play()) },
});
