// Firefox, with its push connection redirected to the local push service.
import puppeteer, { type Browser } from 'puppeteer-core';
import { type BrowserOptions, START_TIMEOUT } from './options.ts';
import { findProgram } from './program.ts';

const PERMISSION = { ask: 0, granted: 1, denied: 2 };

/** Starts Firefox. */
export function launchFirefox(options: BrowserOptions): Promise<Browser> {
  const { pushService, desktop, profile, notifications = 'ask' } = options;
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: findProgram('firefox-esr', 'firefox'),
    headless: true,
    timeout: START_TIMEOUT,
    userDataDir: profile,
    env: { ...process.env, ...desktop?.env },
    extraPrefsFirefox: {
      ...(pushService === undefined ? {} : { 'dom.push.serverURL': pushService.wsUrl }),
      // Allows ws://, where Firefox would insist on wss://.
      'dom.push.testing.allowInsecureServerURL': true,
      // Under automation, push is off unless the profile turns it on.
      'dom.push.connection.enabled': true,
      'permissions.default.desktop-notification': PERMISSION[notifications],
      // Without a session bus, system notifications fail, but the built-in ones work.
      'alerts.useSystemBackend': desktop !== undefined,
      // Reconnect within 0.1 to 2 s; the interval of pings is the upper limit.
      'dom.push.retryBaseInterval': 100,
      'dom.push.pingInterval': 2000,
      // A push that shows nothing costs quota, and at 0 the subscription ends.
      'dom.push.maxQuotaPerSubscription': 10_000,
    },
  });
}
