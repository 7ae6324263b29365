import { expect } from 'chai';
import type { Browser, Page } from 'puppeteer-core';
import { BROWSER_LIMIT, eventually } from '../../support/eventually.ts';
import { SAMPLES } from '../../templates/samples.ts';
import { personAt } from './person.ts';
import { pair } from './phone.ts';
import { useStage } from './stage.ts';

/** Each would set `window.pwned` where it runs. */
const ATTACKS = [
  '<script>window.pwned=1</script>',
  '<img src=x onerror="window.pwned=1">',
  '<svg onload="window.pwned=1"><circle/></svg>',
  '<svg><script>window.pwned=1</script></svg>',
  '<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>',
  '<iframe src="javascript:parent.pwned=1"></iframe>',
  '<a href="javascript:window.pwned=1">click</a>',
  '[click](javascript:window.pwned=1)',
  '[click](JaVaScRiPt&colon;window.pwned=1)',
  '[click](data:text/html;base64,PHNjcmlwdD5vcGVuZXIucHduZWQ9MTwvc2NyaXB0Pg==)',
  '![x](x" onerror="window.pwned=1)',
  '<math><mtext><table><mglyph><style><!--</style><img title="--><img src=1 onerror=window.pwned=1>">',
  '<form action="javascript:window.pwned=1"><button>go</button></form>',
  '<details open ontoggle="window.pwned=1"><summary>x</summary></details>',
  '<input autofocus onfocus="window.pwned=1">',
  '<video><source onerror="window.pwned=1"></video>',
  '<style>@import "javascript:window.pwned=1";*{background:red!important}</style>',
  '<link rel="stylesheet" href="data:text/css,*{display:none!important}">',
  '<meta http-equiv="refresh" content="0;url=javascript:window.pwned=1">',
  '<base href="https://evil.example/"><a href="x">x</a>',
  '<object data="javascript:window.pwned=1"></object><embed src="javascript:window.pwned=1">',
  '<noscript><p title="</noscript><img src=x onerror=window.pwned=1>">',
  '<template><script>window.pwned=1</script></template><div id="app" style="position:fixed;inset:0">clobbered</div>',
  '```html\n</code></pre><img src=x onerror=window.pwned=1>\n```',
  '"><img src=x onerror=window.pwned=1><"',
];

/** The attack in every place that a sender can write to. */
function fieldsOf(attack: string): Record<string, string> {
  const url = /javascript:[^")]*/i.exec(attack)?.[0] ?? 'javascript:window.pwned=1';
  const actions = [
    { action: 'view', label: attack, url },
    { action: 'http', label: attack, url, method: attack },
    { action: 'copy', label: attack, text: attack },
  ];
  return {
    ...{ text: attack, desp: `First:\n\n${attack}\n\n${attack}`, scheme: url, click: url, icon: url, image: url },
    ...{ tags: attack, key: attack, priority: attack, actions: JSON.stringify(actions), wait: '0' },
  };
}

/** One payload of each program, and more of those that bring Markdown along. */
const WEBHOOKS = SAMPLES.filter(
  ({ as, body }, at) => SAMPLES.findIndex((one) => one.as === as) === at || 'release' in body || 'comment' in body,
).filter(({ body }) => !('action' in body) || body['action'] !== 'completed');

/** Words that say what a payload is about: without them, it would be read as another one. */
const MEANING =
  /^(?:action|status|state|level|severity|conclusion|object_kind|eventType|specversion|ref|before|after)$/;

/** The JSON of a payload with attacks in all its texts. */
function armed(body: object): string {
  return JSON.stringify(body, (name, value) => {
    if (typeof value !== 'string' || MEANING.test(name)) return value;
    if (/url|link|icon|image/i.test(name)) return 'javascript:window.pwned=1';
    return ARMED;
  });
}

/** All attacks that may stand behind each other. */
const ARMED = ATTACKS.filter((attack) => !attack.includes('```') && !attack.includes('<!--'))
  .join('\n\n')
  .slice(0, 1800);

describe('a message that means harm', function () {
  this.timeout(240_000);
  const stage = useStage();
  let browser: Browser;
  let page: Page;
  const dialogs: string[] = [];

  before(async () => {
    browser = await stage().chromium('hostile');
    page = await browser.newPage();
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await page.evaluateOnNewDocument(() => {
      const violations: string[] = [];
      Object.assign(window, { violations });
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, sample, blockedURI }) => {
        violations.push(`${violatedDirective} ${blockedURI} ${sample}`);
      });
    });
    const person = await pair(page, await stage().pairingLink(), 'target');
    await person.clicks('button', 'Enable notifications');
    await person.clicks('button', 'Open the inbox');
    await person.reads('Connected');
  });

  it('runs no code in the list or when opened, and violates no policy', async () => {
    const person = personAt(page);
    const sent = await Promise.all(ATTACKS.map((attack) => stage().curl('target', fieldsOf(attack))));
    const mids = sent.map(({ mid }) => mid);
    for (const mid of mids) await stage().reaches(mid, 'target', 'ok');
    await person.opens('<script>');
    for (const [at, mid] of mids.entries()) {
      await page.evaluate((next) => {
        location.hash = location.hash.replace(/\d+$/, next);
      }, mid);
      const harm = await eventually(`message ${mid} is open`, () => harmIn(mid), {
        until: (found) => found !== undefined,
        limit: BROWSER_LIMIT,
      });
      expect(harm, ATTACKS[at]).to.deep.equal([]);
    }
    const { pwned, violations } = await page.evaluate(() => {
      const { pwned, violations } = window as unknown as { pwned?: unknown; violations: string[] };
      return { pwned, violations };
    });
    expect(pwned).to.equal(undefined);
    expect(dialogs).to.deep.equal([]);
    // Where the sanitizer reads the text, in a document that shows nothing, the policy stops these two before it does.
    const others = violations.filter((one) => !/^(?:style-src-elem|base-uri) /.test(one));
    expect(others).to.deep.equal([]);
  });

  it('runs no code that a webhook brings along, in any field of any program', async () => {
    const { key } = await stage().ask<{ key: string }>('/v1/keys', {
      method: 'POST',
      body: '{"name":"hooks","device":"target"}',
    });
    const mids: string[] = [];
    for (const { as, headers, body } of WEBHOOKS) {
      const response = await fetch(stage().url(`/hook/${key}/${as}`), {
        method: 'POST',
        headers: { ...headers },
        body: armed(body),
      });
      const { mid } = (await response.json()) as { mid?: string };
      expect(mid, as).to.be.a('string');
      mids.push(mid ?? '');
    }
    for (const mid of mids) await stage().reaches(mid, 'target', 'ok');
    const { messages } = await stage().ask<{ messages: { mid: string; message: { desp: string } }[] }>(
      '/v1/devices/target/messages?limit=100',
    );
    const filled = new Set(messages.filter(({ message }) => message.desp !== '').map(({ mid }) => mid));
    const person = personAt(page);
    await page.goto(stage().url('/#'));
    await person.opens('<script>');
    for (const [at, mid] of mids.entries()) {
      await page.evaluate((next) => {
        location.hash = location.hash.replace(/\d+$/, next);
      }, mid);
      const harm = await eventually(`the webhook ${mid} is open`, () => harmIn(mid, filled.has(mid)), {
        until: (found) => found !== undefined,
        limit: BROWSER_LIMIT,
      });
      expect(harm, WEBHOOKS[at]?.as).to.deep.equal([]);
    }
    expect(await page.evaluate(() => 'pwned' in window)).to.equal(false);
    expect(dialogs).to.deep.equal([]);
  });

  /** What on the page could run or hide something; undefined until the message is open with its body. */
  function harmIn(mid: string, hasBody = true): Promise<string[] | undefined> {
    return page.evaluate(
      (wanted, isFilled) => {
        const isOpen = [...document.querySelectorAll('article dd')].some(({ textContent }) => textContent === wanted);
        const body = document.querySelector('article [dir="auto"].markdown, article .plain');
        if (!isOpen || (isFilled && (body?.childNodes.length ?? 0) === 0)) return undefined;
        return [...document.querySelectorAll('*')].flatMap((element) => {
          const isForeign = /^(?:iframe|object|embed|base|form|style|math|template)$/i.test(element.localName);
          const bad = [...element.attributes]
            .filter(({ name, value }) => /^on/i.test(name) || /^\s*(?:javascript|data:text)/i.test(value))
            .map(({ name, value }) => `${name}=${value}`);
          return isForeign ? [element.outerHTML] : bad;
        });
      },
      mid,
      hasBody,
    );
  }

  it('is plain text in a notification', async () => {
    await page.goto('about:blank');
    for (const attack of ATTACKS.slice(0, 3)) {
      await stage().curl('target', fieldsOf(attack));
      await stage().desktop.waitFor(({ title }) => title === attack);
    }
  });
});
