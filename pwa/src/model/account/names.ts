// Accounts of this page: pairing, registration, names, and leaving. This file: names of devices and groups.
import { fail } from '../relay/call.ts';

/** What is known of the machine. */
export interface Platform {
  readonly userAgent: string;
  /** Whether it has a touch screen: an iPad says that it is a Mac. */
  readonly touch: boolean;
  /** The model as the browser tells it, `""` or undefined when it does not. */
  model(): Promise<string | undefined>;
}

const MAX_NAME = 64;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
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

/** The push service that a browser is bound to, by the name of its host. */
export function pushServiceOf(platform: Pick<Platform, 'userAgent' | 'touch'>): string {
  const { userAgent } = platform;
  if (isAppleMobile(platform)) return 'web.push.apple.com';
  if (/\bEdg\//.test(userAgent)) return 'notify.windows.com';
  if (/\bFirefox\//.test(userAgent)) return 'push.services.mozilla.com';
  if (/Chrome|Chromium/.test(userAgent)) return 'fcm.googleapis.com';
  return /\bSafari\//.test(userAgent) ? 'web.push.apple.com' : 'fcm.googleapis.com';
}

/** The name of the machine: "Pixel 8", "iPhone", "Firefox on Linux". */
export async function platformName(platform: Platform): Promise<string> {
  const { userAgent } = platform;
  if (/iPhone|iPod/.test(userAgent)) return 'iPhone';
  if (isAppleMobile(platform)) return 'iPad';
  const told = (await platform.model().catch(() => undefined))?.trim();
  // Browsers that hide the model call every Android "K".
  const model = told || /Android [^;)]*; ([^;)]+?)(?: Build\/[^;)]*)?\)/.exec(userAgent)?.[1]?.trim();
  if (model !== undefined && model !== '' && !/^(?:K|Mobile|Tablet|rv:.*)$/.test(model)) return clean(model);
  return `${first(BROWSERS, userAgent, 'Browser')} on ${first(SYSTEMS, userAgent, 'a computer')}`;
}

function clean(name: string): string {
  return name
    .replace(/[/,]/g, ' ')
    .replace(/\p{C}/gu, '')
    .slice(0, MAX_NAME - 4);
}

/** The name, with a number when another device has it. */
export function freeName(name: string, taken: readonly string[]): string {
  const names = new Set(taken);
  if (!names.has(name)) return name;
  let number = 2;
  while (names.has(`${name} ${number}`)) number += 1;
  return `${name} ${number}`;
}

function isLabel(label: string): boolean {
  return label !== '' && label.length <= MAX_NAME && !FORBIDDEN.test(label) && label !== 'mid' && label !== 'status';
}

/** The name and groups as the relay takes them. @throws ActionError when it would not */
export function checkLabels(name: string, groups: readonly string[]): { name: string; groups: string[] } {
  const device = { name: name.trim(), groups: [...new Set(groups.map((group) => group.trim()).filter(Boolean))] };
  if (!isLabel(device.name)) throw fail('pairing.bad_name', { max: MAX_NAME });
  if (!device.groups.every(isLabel)) throw fail('pairing.bad_group', { max: MAX_NAME });
  return device;
}
