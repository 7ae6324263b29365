// The page that asks whether to send, where a browser opened an address that sends and no program asked for it.
import { escapeHtml, htmlPage } from './html.ts';

/**
 * A page that sends the parameters when its button is pressed.
 * @param credentials parameters that count only in an address
 */
export function sendPage(
  target: string,
  pairs: Iterable<readonly [string, string]>,
  credentials: readonly (readonly [string, string])[] = [],
): string {
  const action = new URLSearchParams(Object.fromEntries(credentials)).toString();
  const shown: string[] = [];
  const fields: string[] = [];
  for (const [key, value] of pairs) {
    const [name, text] = [escapeHtml(key), escapeHtml(value)];
    fields.push(`<input type="hidden" name="${name}" value="${text}">`);
    if (key !== 'token' && text !== '') shown.push(`<dt>${name}</dt><dd>${text}</dd>`);
  }
  return htmlPage(
    `Send to ${target}?`,
    `<p>A link or another site brought you here, so nothing was sent yet.</p>
<dl>${shown.join('')}</dl>
<form method="post" action="?${escapeHtml(action)}">${fields.join('')}<button>Send</button></form>`,
  );
}
