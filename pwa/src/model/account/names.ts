// Names of devices and groups: suggestions for this device, and checks.
import { fail } from '../relay/call.ts';

/** What the browser says about the machine. */
export interface Platform {
  readonly userAgent: string;
  /** Whether it has a touch screen. An iPad claims to be a Mac. */
  readonly touch: boolean;
  /** The model of the machine; `""` or undefined if the browser hides it. */
  model(): Promise<string | undefined>;
}

const MAX_NAME = 64;
const DEFAULT_NAME = 'phone';
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern must match control characters
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f/,]|[\ud800-\udfff]/u;

const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/(?:Chrome|Chromium|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/Android/, 'Android'],
  [/CrOS/, 'ChromeOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'Mac'],
  [/Linux|X11/, 'Linux'],
];

function first(list: readonly (readonly [RegExp, string])[], text: string, preset: string): string {
  return list.find(([pattern]) => pattern.test(text))?.[1] ?? preset;
}

/** Whether this is an iPhone or iPad, where only an installed page can have notifications. */
export function isAppleMobile({ userAgent, touch }: Pick<Platform, 'userAgent' | 'touch'>): boolean {
  return /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && touch);
}

/** The host of the push service that the browser uses. */
export function pushServiceOf(platform: Pick<Platform, 'userAgent' | 'touch'>): string {
  const { userAgent } = platform;
  if (isAppleMobile(platform)) return 'web.push.apple.com';
  if (/\bEdg\//.test(userAgent)) return 'notify.windows.com';
  if (/\bFirefox\//.test(userAgent)) return 'push.services.mozilla.com';
  if (/Chrome|Chromium/.test(userAgent)) return 'fcm.googleapis.com';
  return /\bSafari\//.test(userAgent) ? 'web.push.apple.com' : 'fcm.googleapis.com';
}

/** A name that needs no escaping in an address: lower case, with dashes. */
function slug(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, MAX_NAME - 4)
    .replace(/-$/, '');
}

/** The name of the machine: `pixel-8`, `iphone`, `firefox-linux`. */
export async function platformName(platform: Platform): Promise<string> {
  const { userAgent } = platform;
  if (/iPhone|iPod/.test(userAgent)) return 'iphone';
  if (isAppleMobile(platform)) return 'ipad';
  const reported = (await platform.model().catch(() => undefined))?.trim();
  // Browsers that hide the model call every Android "K".
  const model = reported || /Android [^;)]*; ([^;)]+?)(?: Build\/[^;)]*)?\)/.exec(userAgent)?.[1]?.trim();
  const isKnown = model !== undefined && !/^(?:K|Mobile|Tablet|rv:.*)?$/.test(model);
  if (isKnown && slug(model) !== '') return slug(model);
  return slug(`${first(BROWSERS, userAgent, 'browser')} ${first(SYSTEMS, userAgent, '')}`);
}

/**
 * Suggests a free name for this device. The first device is `phone`, as in the example that the relay prints when it
 * starts. A phone also gets that name while it is free.
 */
export async function suggestName(platform: Platform, taken: readonly string[]): Promise<string> {
  const isPhone = /iPhone|iPod|Android.*Mobile|Mobile.*Android/.test(platform.userAgent);
  if (!taken.includes(DEFAULT_NAME) && (isPhone || taken.length === 0)) return DEFAULT_NAME;
  return freeName(await platformName(platform), taken);
}

/** Adds a number to the name if another device has it. */
export function freeName(name: string, taken: readonly string[]): string {
  const names = new Set(taken);
  if (!names.has(name)) return name;
  let number = 2;
  while (names.has(`${name}-${number}`)) number += 1;
  return `${name}-${number}`;
}

function isLabel(label: string): boolean {
  return label !== '' && label.length <= MAX_NAME && !FORBIDDEN.test(label) && label !== 'mid' && label !== 'status';
}

/** Trims the name and the groups. @throws ActionError if the relay would refuse them */
export function checkLabels(name: string, groups: readonly string[]): { name: string; groups: string[] } {
  const device = { name: name.trim(), groups: [...new Set(groups.map((group) => group.trim()).filter(Boolean))] };
  if (!isLabel(device.name)) throw fail('pairing.bad_name', { max: MAX_NAME });
  if (!device.groups.every(isLabel)) throw fail('pairing.bad_group', { max: MAX_NAME });
  return device;
}
