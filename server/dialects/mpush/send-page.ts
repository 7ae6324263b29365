// The page that asks whether to send, where another site has made a browser open a send path.
import { escapeHtml, htmlPage } from '../kit/html.ts';
import { toText } from './packets.ts';

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
