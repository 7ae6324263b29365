import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { RelayError } from '../../../server/base/errors.ts';
import { readMultipart, type TakeFile } from '../../../server/dialects/kit/multipart.ts';
import { rejection } from '../../support/rejection.ts';

const TYPE = 'multipart/form-data; boundary=x';

/** The bytes in pieces of this size. */
function chunked(bytes: Buffer, size: number): Readable {
  const pieces: Buffer[] = [];
  for (let from = 0; from < bytes.length; from += size) pieces.push(bytes.subarray(from, from + size));
  return Readable.from(pieces);
}

const read = (body: string | Buffer, type = TYPE) => {
  const bytes = Buffer.from(body);
  return readMultipart(Readable.from([bytes]), type, bytes.length);
};

describe('readMultipart', () => {
  const part = (disposition: string, content: string) =>
    `--x\r\ncontent-disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`;

  it('reads fields and files in their order', async () => {
    const body = `${part('name="a"; filename="log.txt"', 'file')}${part('name="b"', 'field')}--x--\r\n`;
    expect(await read(body)).to.deep.equal([
      ['a', 'file'],
      ['b', 'field'],
    ]);
  });

  const BROKEN: readonly (readonly [what: string, body: string, type: string])[] = [
    ['a body without its end', part('name="a"', 'b'), TYPE],
    ['a type without a boundary', `${part('name="a"', 'b')}--x--\r\n`, 'multipart/form-data'],
    ['more than 1,000 fields', `${part('name="a"', 'b').repeat(1001)}--x--\r\n`, TYPE],
  ];
  for (const [what, body, type] of BROKEN) {
    it(`refuses ${what}`, async () => {
      expect(await rejection(read(body, type))).to.have.property('code', 'invalid');
    });
  }

  for (const [what, disposition, content] of [
    ['a field', 'name="a"', Buffer.from([0xc4, 0xe3])],
    ['a file', 'name="a"; filename="log.txt"', Buffer.from([0xc4, 0xe3])],
    ['half a character', 'name="a"', Buffer.from([0xe4, 0xbd])],
  ] as const) {
    it(`refuses ${what} that is not UTF-8`, async () => {
      const [head = '', end] = part(disposition, '|').split('|');
      const body = Buffer.concat([Buffer.from(head), content, Buffer.from(`${end}--x--\r\n`)]);
      expect(await rejection(read(body))).to.include({ message: 'expected text in UTF-8' });
    });
  }

  it('lets the character for broken text through where it was sent', async () => {
    const body = `${part('name="a"', '\ufffd')}${part('name="\ufffd"', 'é')}--x--\r\n`;
    expect(await read(body)).to.deep.equal([
      ['a', '\ufffd'],
      ['\ufffd', 'é'],
    ]);
  });

  describe('with files that are taken', () => {
    const file = (content: string) => part('name="file"; filename="a.bin"', content);

    it('hands over each file as it is, and reads the fields around it', async () => {
      const taken: string[] = [];
      const take: TakeFile = async (name, source, filename) =>
        taken.push(`${name} ${filename} ${await text(source.setEncoding('latin1'))}`);
      const body = `${part('name="a"', '1')}${file('\u00ff\u0000\r\n--y')}${part('name="b"', '2')}--x--\r\n`;
      const pairs = await readMultipart(chunked(Buffer.from(body, 'latin1'), 7), TYPE, 100, take);
      expect(pairs).to.deep.equal([
        ['a', '1'],
        ['b', '2'],
      ]);
      expect(taken).to.deep.equal(['file a.bin \u00ff\u0000\r\n--y']);
    });

    it('counts broken text of fields only, however the bytes are cut', async () => {
      const take: TakeFile = (_name, source) => text(source);
      for (const size of [1, 2, 3, 1000]) {
        const body = Buffer.concat([
          Buffer.from(file('\ufffd\ufffd')),
          Buffer.from(part('name="a"', '|').split('|')[0] ?? ''),
          Buffer.from([0xc4, 0xe3]),
          Buffer.from('\r\n--x--\r\n'),
        ]);
        const error = await rejection(readMultipart(chunked(body, size), TYPE, 100, take));
        expect(error).to.include({ message: 'expected text in UTF-8' });
      }
    });

    it('bounds the fields, and not the file', async () => {
      const take: TakeFile = (_name, source) => text(source);
      const body = (field: string) => Buffer.from(`${file('y'.repeat(500))}${part('name="a"', field)}--x--\r\n`);
      expect(await readMultipart(chunked(body('1234567890'), 50), TYPE, 10, take)).to.have.length(1);
      const error = await rejection(readMultipart(chunked(body('12345678901'), 50), TYPE, 10, take));
      expect(error).to.include({ code: 'too_large', message: 'the body is larger than 10 bytes' });
    });

    it('tells why a file was refused, and stops reading', async () => {
      const source = chunked(Buffer.from(`${file('y'.repeat(500_000))}--x--\r\n`), 1000);
      const take: TakeFile = () => Promise.reject(new RelayError('forbidden', 'no files'));
      expect(await rejection(readMultipart(source, TYPE, 10, take))).to.include({ message: 'no files' });
      expect(source.destroyed).to.equal(true);
    });

    it('ends the file when the body ends early', async () => {
      let settled = false;
      const take: TakeFile = (_name, source) => text(source).finally(() => (settled = true));
      const error = await rejection(readMultipart(chunked(Buffer.from(file('abc')), 10), TYPE, 100, take));
      expect(error).to.include({ code: 'invalid', message: 'malformed multipart body' });
      expect(settled).to.equal(true);
    });
  });
});
