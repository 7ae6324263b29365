import { expect } from 'chai';
import { isForeignNavigation, isSpeculative } from '../../../server/dialects/kit/guards.ts';

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36';

describe('isSpeculative', () => {
  const guesses = [
    { 'sec-purpose': 'prefetch' },
    { 'sec-purpose': 'prefetch;prerender' },
    { 'sec-purpose': 'prefetch;anonymous-client-ip' },
    { purpose: 'prefetch' },
    { purpose: 'preview' },
    { 'x-purpose': 'preview' },
    { 'x-moz': 'prefetch' },
    { 'user-agent': 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)' },
    { 'user-agent': 'Twitterbot/1.0' },
    { 'user-agent': 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)' },
    { 'user-agent': 'WhatsApp/2.23.20.0' },
    { 'user-agent': 'TelegramBot (like TwitterBot)' },
    { 'user-agent': 'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)' },
    { 'user-agent': 'LinkedInBot/1.0 (compatible; Mozilla/5.0)' },
    { 'user-agent': 'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5' },
    { 'user-agent': 'Synapse (bot; +https://github.com/matrix-org/synapse)' },
    { 'user-agent': 'Mattermost-Bot/1.1' },
    { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' },
  ];
  for (const headers of guesses) {
    it(`is true for ${JSON.stringify(headers)}`, () => {
      expect(isSpeculative(headers)).to.equal(true);
    });
  }

  const wishes = [
    {},
    { 'user-agent': BROWSER },
    { 'user-agent': 'curl/8.5.0' },
    { 'user-agent': 'Wget/1.21' },
    { 'user-agent': 'python-requests/2.31' },
    { 'user-agent': 'Uptime-Kuma/1.23' },
    { 'user-agent': 'GitHub-Hookshot/abc' },
    { 'sec-fetch-mode': 'navigate', 'user-agent': BROWSER },
  ];
  for (const headers of wishes) {
    it(`is false for ${JSON.stringify(headers)}`, () => {
      expect(isSpeculative(headers)).to.equal(false);
    });
  }
});

describe('isForeignNavigation', () => {
  const cases: [Record<string, string>, boolean][] = [
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, true],
    [{ 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }, false],
    [{ 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' }, false],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }, false],
    [{}, false],
  ];
  for (const [headers, foreign] of cases) {
    it(`is ${foreign} for ${JSON.stringify(headers)}`, () => {
      expect(isForeignNavigation(headers)).to.equal(foreign);
    });
  }
});
