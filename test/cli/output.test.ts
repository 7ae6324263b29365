import { Writable } from 'node:stream';
import { expect } from 'chai';
import { CommandError } from '../../server/cli/command.ts';
import { jsonLine, styleFor, table, timeText, visible, visibleLines, write } from '../../server/cli/output.ts';

const failing = (code: string) =>
  new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) }).on(
    'error',
    () => {},
  );

describe('write', () => {
  it('notices that the reader has closed', async () => {
    const stream = failing('EPIPE');
    expect(await write(stream, 'x')).to.equal(false);
    expect(await write(stream, 'y')).to.equal(false);
  });

  it('fails with one line when the text cannot be written', async () => {
    const error = await write(failing('ENOSPC'), 'x').catch((failure: unknown) => failure);
    expect(error).to.be.instanceOf(CommandError);
    expect((error as Error).message).to.equal('the output cannot be written: ENOSPC');
  });
});

describe('visible', () => {
  it('escapes what a terminal would act on', () => {
    expect(visible('a\u001b]0;title\u0007b\u009b31m\u007f')).to.equal('a\\u001b]0;title\\u0007b\\u009b31m\\u007f');
    expect(visible('\r\n\t')).to.equal('\\r\\n\\t');
    expect(visible('\u202egnp.exe\u2066\u200f\ud800')).to.equal('\\u202egnp.exe\\u2066\\u200f\\ud800');
  });

  it('leaves letters of every script and emoji as they are', () => {
    const text = 'é 张三 👩‍👩‍👧 שלום';
    expect(visible(text)).to.equal(text);
  });
});

describe('visibleLines', () => {
  it('keeps line breaks, and escapes other control characters', () => {
    expect(visibleLines('a\tb\r\nc\u001b\n\n')).to.deep.equal(['a    b', 'c\\u001b', '']);
  });
});

describe('jsonLine', () => {
  it('returns one line of JSON without control characters', () => {
    const value = { text: 'a\n\u001b\u009b\u007f\u2028\u202e\ud800', ['__proto__']: 1 };
    const line = jsonLine(value);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    expect(line).to.match(/^[^\u0000-\u001f\u007f-\u009f\u2028\u202e]+\n$/);
    expect(JSON.parse(line)).to.deep.equal(value);
  });
});

describe('styleFor', () => {
  const stream = (isTTY: boolean) => Object.assign(new Writable(), { isTTY });

  it('uses colours only on a terminal', () => {
    expect(styleFor(stream(true), {}).good('ok')).to.equal('\u001b[32mok\u001b[0m');
    expect(styleFor(stream(false), {}).good('ok')).to.equal('ok');
    expect(styleFor(stream(true), { NO_COLOR: '1' }).good('ok')).to.equal('ok');
    expect(styleFor(stream(true), { TERM: 'dumb' }).good('ok')).to.equal('ok');
  });
});

describe('table', () => {
  it('aligns columns, even with wide characters, without spaces at line ends', () => {
    const text = table(
      [
        ['NAME', 'X'],
        ['张三', 'a'],
        ['b', ''],
      ],
      styleFor(new Writable(), {}),
    );
    expect(text).to.equal('NAME  X\n张三  a\nb\n');
  });
});

describe('timeText', () => {
  it('returns the local time', () => {
    expect(timeText(new Date(2026, 0, 31, 9, 5, 7).getTime())).to.equal('2026-01-31 09:05:07');
    expect(timeText(Number.NaN)).to.equal('NaN');
    expect(timeText(1e300)).to.equal('1e+300');
  });
});
