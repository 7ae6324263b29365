import { describePage } from '../support/page.ts';
import { sendsWithKey } from '../support/sender-page.ts';

describePage('docs/bark', sendsWithKey);
