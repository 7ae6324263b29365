// Chromium, with its cloud messaging redirected to the local push service.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import puppeteer, { type Browser } from 'puppeteer-core';
import { type BrowserOptions, START_TIMEOUT } from './options.ts';
import { findProgram } from './program.ts';

const PERMISSION = { granted: 1, denied: 2, ask: 3 };

/** Options that only Chromium has. */
export interface ChromiumOptions extends BrowserOptions {
  /** Talk over a port instead of a pipe, for tools that want one; installing a page needs the pipe. */
  readonly port?: boolean;
  /** More switches. */
  readonly args?: readonly string[];
}

/** Starts Chromium. `close` also removes what it leaves outside of its profile. */
export async function launchChromium(options: ChromiumOptions): Promise<Browser> {
  const { pushService, desktop, profile, notifications = 'ask', port = false, args = [] } = options;
  await presetPermission(profile, notifications);
  // Chromium leaves sockets and icons behind, and an installed page leaves a desktop entry.
  const scratch = await mkdtemp(join(tmpdir(), 'herald-chromium-'));
  const browser = await puppeteer.launch({
    executablePath: findProgram('chromium', 'chromium-browser', 'google-chrome'),
    headless: true,
    timeout: START_TIMEOUT,
    userDataDir: profile,
    env: { ...process.env, TMPDIR: scratch, XDG_DATA_HOME: scratch, ...desktop?.env },
    pipe: !port,
    args: [
      // Chromium refuses to sandbox itself as root.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...(pushService?.chromiumArgs ?? []),
      ...args,
    ],
  });
  const close = browser.close.bind(browser);
  browser.close = async () => {
    await close();
    await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
  };
  return browser;
}

/**
 * Writes permissions into the profile. Permissions that are given over the debugger end with the browser, and after a
 * restart without them, a push would make the browser unsubscribe.
 */
async function presetPermission(profile: string, notifications: keyof typeof PERMISSION): Promise<void> {
  const file = join(profile, 'Default', 'Preferences');
  if (existsSync(file)) return;
  await mkdir(dirname(file), { recursive: true });
  const defaults = { notifications: PERMISSION[notifications] };
  await writeFile(file, JSON.stringify({ profile: { default_content_setting_values: defaults } }));
}
