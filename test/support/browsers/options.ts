// What both browsers are told when they start.
import type { FakeDesktop } from '../fake-desktop/index.ts';
import type { PushService } from '../push-service/index.ts';

/** How a browser starts. */
export interface BrowserOptions {
  /** Without one, a subscription in Chromium never comes. */
  readonly pushService?: PushService;
  /** Where its notifications show. */
  readonly desktop?: FakeDesktop;
  /** Its directory; the next browser there goes on where this one ended. */
  readonly profile: string;
  /** The answer to every site that asks for notifications. */
  readonly notifications?: 'granted' | 'denied' | 'ask';
}

/** From a cold disk a browser takes long, in ms. */
export const START_TIMEOUT = 120_000;
