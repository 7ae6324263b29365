import { expect } from 'chai';
import { isInline, kindOf } from '../../../server/messages/attachments/content-type.ts';

describe('kindOf', () => {
  const FILES: readonly (readonly [what: string, bytes: Buffer, type: string, ending: string, inline: boolean])[] = [
    ['a PNG', Buffer.from('\x89PNG\r\n\x1a\n....', 'latin1'), 'image/png', '.png', true],
    ['a JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0]), 'image/jpeg', '.jpg', true],
    ['WebP', Buffer.from('RIFF\x01\x02\x03\x04WEBPVP8 ', 'latin1'), 'image/webp', '.webp', true],
    ['AVIF', Buffer.from('\0\0\0\x20ftypavif', 'latin1'), 'image/avif', '.avif', true],
    ['a film', Buffer.from('\0\0\0\x20ftypisom', 'latin1'), 'video/mp4', '.mp4', true],
    ['a PDF', Buffer.from('%PDF-1.7\n'), 'application/pdf', '.pdf', false],
    ['a ZIP', Buffer.from('PK\x03\x04', 'latin1'), 'application/zip', '', false],
    ['text', Buffer.from('größer\n'), 'text/plain; charset=utf-8', '', true],
    [
      'text that is cut off in a character',
      Buffer.from('größer').subarray(0, 3),
      'text/plain; charset=utf-8',
      '',
      true,
    ],
    ['HTML', Buffer.from('<!doctype html><script>alert(1)</script>'), 'text/plain; charset=utf-8', '', true],
    ['SVG', Buffer.from('<svg onload="alert(1)"/>'), 'text/plain; charset=utf-8', '', true],
    ['XML', Buffer.from('<?xml version="1.0"?>'), 'text/plain; charset=utf-8', '', true],
    ['nothing', Buffer.alloc(0), 'text/plain; charset=utf-8', '', true],
    ['bytes', Buffer.from([0, 1, 2, 3]), 'application/octet-stream', '', false],
    ['HTML behind a zero', Buffer.from('\0<html>'), 'application/octet-stream', '', false],
    ['the beginning of a PNG', Buffer.from('\x89PNG', 'latin1'), 'application/octet-stream', '', false],
  ];
  for (const [what, bytes, type, ending, inline] of FILES) {
    it(`knows ${what}`, () => {
      expect(kindOf(bytes)).to.deep.equal({ type, ending, inline });
      expect(isInline(type)).to.equal(inline);
    });
  }

  it('never calls anything a document that a browser runs', () => {
    for (const text of ['<html>', '<svg>', 'GIF8<script>', '%!PS', '<?xml?>', 'alert(1)']) {
      expect(kindOf(Buffer.from(text)).type).to.not.match(/html|xml|svg|script/);
    }
  });
});
