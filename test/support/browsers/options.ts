// The options with which both browsers start.
import type { FakeDesktop } from '../fake-desktop/index.ts';
import type { PushService } from '../push-service/index.ts';

/** How a browser starts. */
export interface BrowserOptions {
  /** Without a push service, a subscription in Chromium never completes. */
  readonly pushService?: PushService;
  /** The desktop that shows its notifications. */
  readonly desktop?: FakeDesktop;
  /** The directory of its profile. The next browser with the same directory continues where this one ended. */
  readonly profile: string;
  /** The answer to every site that asks for notifications. */
  readonly notifications?: 'granted' | 'denied' | 'ask';
}

/** Longest time in ms that a start may take. From a cold disk it takes long. */
export const START_TIMEOUT = 120_000;
