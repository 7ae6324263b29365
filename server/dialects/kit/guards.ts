// Requests that must not send at once: a browser's prefetch, a chat program's preview, a link on another site.
import type { IncomingHttpHeaders } from 'node:http';
import { readAccept } from './accept.ts';

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
  return mode === undefined ? readAccept(headers.accept).names('text/html') : mode === 'navigate';
}
