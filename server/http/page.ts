// GET /: what a person sees who opens the relay's address in a browser.
import type { Context } from 'koa';

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Herald</title>
<style>
:root { color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif }
body { max-width: 40rem; margin: 10vh auto; padding: 0 1.25rem }
h1 { font-size: 1.75rem; margin-bottom: .25rem }
pre { padding: 1rem; border-radius: .5rem; background: #8882; overflow-x: auto; font-size: .875rem }
code { font-family: ui-monospace, monospace }
</style>
<h1>Herald is running</h1>
<p>One <code>curl</code> from any machine to every device you own, and the answer says who has it.</p>
<h2>Receive</h2>
<pre><code>herald listen kooritea --server &lt;this address&gt; --token &lt;token&gt;</code></pre>
<h2>Send</h2>
<pre><code>curl -H 'Authorization: &lt;token&gt;' '&lt;this address&gt;/kooritea.send?text=hello'</code></pre>
<p>The token is in the relay's config, or was printed when it first started.</p>
</html>
`;

/** Answers the page. */
export function pageRoute(context: Context): void {
  context.set(
    'content-security-policy',
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  );
  context.set('x-content-type-options', 'nosniff');
  context.type = 'html';
  context.body = PAGE;
}
