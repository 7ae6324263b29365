// The few pages that the relay writes itself: they need no script, and load nothing.

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it may stand in HTML, also in an attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/** No scripts, no requests to other sites, no frames: only a person can press the button. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
};

/** A page. @param title plain text, also its heading. @param body HTML below it. @param style CSS that it has besides */
export function htmlPage(title: string, body: string, lang = 'en', style = ''): string {
  return `<!doctype html>
<html lang="${lang}">
<meta charset="utf-8">
<meta name="referrer" content="same-origin">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 32rem; margin: 12vh auto; padding: 0 1.25rem }
h1 { font-size: 1.5rem; overflow-wrap: anywhere }
p { overflow-wrap: anywhere; white-space: pre-wrap }
dt { opacity: .7; font-size: .875rem }
dd { margin: 0 0 .75rem; overflow-wrap: anywhere; white-space: pre-wrap }
form { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem }
textarea { font: inherit; width: 100%; min-height: 6rem; padding: .6rem; border: 1px solid #8888; border-radius: .5rem; box-sizing: border-box }
button { font: inherit; font-weight: 600; max-width: 100%; overflow-wrap: anywhere; padding: .6rem 1.5rem; border: 0; border-radius: .5rem; background: #2257d6; color: #fff; cursor: pointer }
button:focus-visible, textarea:focus-visible { outline: 3px solid #8fb0ff; outline-offset: 2px }
${style}</style>
<h1>${escapeHtml(title)}</h1>
${body}
</html>
`;
}
