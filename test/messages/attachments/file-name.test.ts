import { expect } from 'chai';
import { cleanName, endingOf, newFileId, readFileId } from '../../../server/messages/attachments/file-name.ts';

const OTHER = { type: 'application/octet-stream', ending: '', inline: false };
const PNG = { type: 'image/png', ending: '.png', inline: true };

describe('cleanName', () => {
  const NAMES: readonly (readonly [given: string | undefined, name: string])[] = [
    ['report.pdf', 'report.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\me\\a b.txt', 'a b.txt'],
    ['照片.jpg', '照片.jpg'],
    ['a\r\nSet-Cookie: x', 'aSet-Cookie: x'],
    ['\u202egpj.exe', 'gpj.exe'],
    ['..', 'attachment'],
    ['', 'attachment'],
    ['/', 'attachment'],
    [undefined, 'attachment'],
    [`${'x'.repeat(300)}.tar`, `${'x'.repeat(124)}.tar`],
    [`${'x'.repeat(127)}\u{1f600}`, 'x'.repeat(127)],
  ];
  for (const [given, name] of NAMES) {
    it(`makes ${JSON.stringify(name)} of ${JSON.stringify(given)}`, () => {
      expect(cleanName(given, OTHER)).to.equal(name);
    });
  }

  it('names a file without a name by what it is', () => {
    expect(cleanName(undefined, PNG)).to.equal('attachment.png');
  });
});

describe('endingOf', () => {
  it('takes the ending of the type before that of the name', () => {
    expect(endingOf('evil.html', PNG)).to.equal('.png');
    expect(endingOf('Report.DOCX', OTHER)).to.equal('.docx');
    expect(endingOf('a.b c', OTHER)).to.equal('');
    expect(endingOf('noending', OTHER)).to.equal('');
  });
});

describe('readFileId', () => {
  it('reads what newFileId makes, with and without an ending', () => {
    const id = newFileId();
    expect(id).to.match(/^[0-9A-Za-z]{32}$/);
    expect([id, `${id}.png`].map(readFileId)).to.deep.equal([id, id]);
  });

  for (const name of [
    '',
    '..',
    '../x',
    `${'a'.repeat(32)}.json/..`,
    `${'a'.repeat(32)}/`,
    'a'.repeat(33),
    `${'a'.repeat(32)}.`,
  ]) {
    it(`refuses ${JSON.stringify(name)}`, () => {
      expect(readFileId(name)).to.equal(undefined);
    });
  }
});
