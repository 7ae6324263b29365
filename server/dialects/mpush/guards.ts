// Requests that must not send at once: a browser's prefetch, a chat program's preview, a link on another site.
import type { IncomingHttpHeaders } from 'node:http';
import { escapeHtml, htmlPage } from '../kit/html.ts';
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
  return htmlPage(
    `Send to ${target}?`,
    `<p>Another site brought you here, so nothing was sent yet.</p>
<dl>${shown.join('')}</dl>
<form method="post" action="?${escapeHtml(action)}">${fields.join('')}<button>Send</button></form>`,
  );
}
