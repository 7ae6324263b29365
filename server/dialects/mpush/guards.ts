// Requests that must not send at once: a browser's prefetch, a chat program's preview, a link on another site.
import type { IncomingHttpHeaders } from 'node:http';
import { toText } from './packets.ts';

/** Programs that fetch a link to show a preview, not because someone opened it. */
const PREVIEWS =
  /slackbot|slack-imgproxy|twitterbot|facebookexternalhit|facebot|whatsapp|telegrambot|discordbot|linkedinbot|skypeuripreview|microsoft-?preview|msteams|mattermost|zulip|iframely|embedly|bitlybot|redditbot|pinterest|vkshare|viber|googlebot|google-pagerenderer|bingbot|bingpreview|applebot|yandexbot|duckduckbot|baiduspider|petalbot|linespider|snap url preview|nextcloud server|matrix-media|synapse \(|mastodon\//i;

/** Whether no person asked for this page yet: a prefetch, a prerender, or a link preview. */
export function isSpeculative(headers: IncomingHttpHeaders): boolean {
  const purpose = [headers['sec-purpose'], headers['purpose'], headers['x-purpose'], headers['x-moz']].join(' ');
  return /prefetch|prerender|preview/i.test(purpose) || PREVIEWS.test(headers['user-agent'] ?? '');
}

/** Whether a link or a form on another site brought the browser here. */
export function isForeignNavigation(headers: IncomingHttpHeaders): boolean {
  return headers['sec-fetch-site'] === 'cross-site' && headers['sec-fetch-mode'] === 'navigate';
}

/** Whether a browser shows the answer as a page, as it does for a link or a form. Then the relay can ask the user. */
export function isNavigation(headers: IncomingHttpHeaders): boolean {
  const mode = headers['sec-fetch-mode'];
  return mode === undefined ? /\btext\/html\b/.test(headers.accept ?? '') : mode === 'navigate';
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/** No scripts, no requests to other sites, no frames: only a person can press the button. */
export const SEND_PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
};

/**
 * A page that sends the parameters when its button is pressed.
 * @param credentials parameters that count only in an address
 */
export function sendPage(
  target: string,
  pairs: Iterable<readonly [string, unknown]>,
  credentials: readonly (readonly [string, string])[] = [],
): string {
  const action = new URLSearchParams(Object.fromEntries(credentials)).toString();
  const shown: string[] = [];
  const fields: string[] = [];
  for (const [key, value] of pairs) {
    const [name, text] = [escapeHtml(key), escapeHtml(toText(value))];
    fields.push(`<input type="hidden" name="${name}" value="${text}">`);
    if (key !== 'token' && text !== '') shown.push(`<dt>${name}</dt><dd>${text}</dd>`);
  }
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="referrer" content="same-origin">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Send to ${escapeHtml(target)}?</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 32rem; margin: 12vh auto; padding: 0 1.25rem }
h1 { font-size: 1.5rem; overflow-wrap: anywhere }
dt { opacity: .7; font-size: .875rem }
dd { margin: 0 0 .75rem; overflow-wrap: anywhere; white-space: pre-wrap }
button { font: inherit; font-weight: 600; padding: .6rem 1.5rem; border: 0; border-radius: .5rem; background: #2257d6; color: #fff; cursor: pointer }
button:focus-visible { outline: 3px solid #8fb0ff; outline-offset: 2px }
</style>
<h1>Send to ${escapeHtml(target)}?</h1>
<p>Another site brought you here, so nothing was sent yet.</p>
<dl>${shown.join('')}</dl>
<form method="post" action="?${escapeHtml(action)}">${fields.join('')}<button>Send</button></form>
</html>
`;
}
