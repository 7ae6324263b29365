import { expect } from 'chai';
import { webpushConfig } from '../../../server/transports/webpush/config.ts';
import { isPublicSubject } from '../../../server/transports/webpush/subject.ts';

describe('isPublicSubject', () => {
  for (const subject of [
    webpushConfig.parse({}).subject,
    'mailto:ops@example.com',
    'mailto:ops@mail.example.org?subject=Herald',
    'mailto:ops%40x@example.com',
    'mailto:a@example.com,b@example.org',
    'https://example.com',
    'https://host.tailnet.ts.net/contact',
    'https://xn--fiq228c.com/',
  ]) {
    it(`is true of ${subject}`, () => {
      expect(isPublicSubject(subject)).to.equal(true);
    });
  }

  for (const subject of [
    'mailto:ops@localhost',
    'mailto:ops@LOCALHOST.',
    'mailto:ops@printer.local',
    'mailto:ops@relay.invalid',
    'mailto:ops@host',
    'mailto:ops',
    'mailto:@example.com',
    'mailto:ops@10.0.0.1',
    'mailto:<ops@example.com>',
    'mailto:%E0',
    'mailto:a@example.com,b@localhost',
    'https://localhost/',
    'https://relay/',
    'https://relay.home.arpa/',
    'https://192.0.2.1/',
    'https://[2001:db8::1]/',
  ]) {
    it(`is false of ${subject}`, () => {
      expect(isPublicSubject(subject)).to.equal(false);
    });
  }
});
