import { expect } from 'chai';
import { messageText } from '../../server/cli/message-text.ts';
import { type Style, timeText } from '../../server/cli/output.ts';
import type { WireMessage } from '../../shared/message.ts';

/** Shows where a colour begins and ends. */
const style: Style = {
  dim: (text) => `<${text}>`,
  good: (text) => `+${text}+`,
  pending: (text) => `~${text}~`,
  bad: (text) => `!${text}!`,
};

const TIME = Date.UTC(2026, 0, 31, 9, 5);

function message(parts: Partial<WireMessage> & { readonly body?: Partial<WireMessage['message']> } = {}): WireMessage {
  const { body, ...rest } = parts;
  return {
    sendType: 'personal',
    target: 'phone',
    from: { method: 'http', name: '' },
    message: { text: 'title', desp: '', extra: {}, ...body },
    mid: '17',
    createdAt: TIME,
    ...rest,
  };
}

/** A question of some kind. */
function question(ask: object): string {
  const id = 'a'.repeat(30);
  const extra = { ask: { id, until: TIME, ...ask }, answer: 'https://relay/a/token', other: 'x' };
  return messageText(message({ body: { extra } }), style);
}

describe('messageText', () => {
  it('shows a question with the commands that answer it', () => {
    const text = question({ kind: 'choice', options: ['yes', 'not now', '-5', "it's"], default: 'yes' });
    expect(text).to.equal(
      [
        `<${timeText(TIME)}>  title`,
        `  ~it asks for one of these, until ${timeText(TIME)}, then yes~`,
        '  herald answer 17 yes',
        "  herald answer 17 'not now'",
        "  herald answer 17 -- '-5'",
        "  herald answer 17 'it'\\''s'",
        '  <other: x>',
        '',
      ].join('\n'),
    );
    expect(question({ kind: 'text' }))
      .to.contain('\n  herald answer 17 TEXT\n')
      .and.not.contain('token');
  });

  it('shows how to acknowledge an emergency, and how often it has rung', () => {
    expect(question({ kind: 'acknowledge', round: 1 })).to.contain(
      `\n  ~it rings until somebody acknowledges it, until ${timeText(TIME)}~\n  herald answer 17\n`,
    );
    expect(question({ kind: 'acknowledge', round: 3 })).to.contain('acknowledges it (3 times so far)');
  });

  it('shows what only looks like a question as it is', () => {
    expect(messageText(message({ body: { extra: { ask: 'who' } } }), style)).to.contain('<ask: who>');
  });

  it('shows time and title in one line', () => {
    expect(messageText(message(), style)).to.equal(`<${timeText(TIME)}>  title\n`);
  });

  it('shows the mid, and the status if it is known', () => {
    expect(messageText(message(), style, style.good('ok'))).to.equal(`<17>  <${timeText(TIME)}>  +ok+  title\n`);
  });

  it('names the sender and the group', () => {
    const from = { method: 'websocket', name: 'nas' } as const;
    expect(messageText(message({ from }), style)).to.match(/ {2}title {2}<\(from nas\)>\n$/);
    const text = messageText(message({ from, sendType: 'group', target: 'family' }), style);
    expect(text).to.match(/ {2}<\(from nas to family\)>\n$/);
  });

  it('indents the body and the extras', () => {
    const body = { desp: 'one\r\n\ttwo\n', extra: { a: 'x', b: { c: [1] } } };
    const [, ...lines] = messageText(message({ body }), style).split('\n');
    expect(lines).to.deep.equal(['  one', '      two', '  <a: x>', '  <b: {"c":[1]}>', '']);
  });

  it('escapes everything in the message that a terminal would act on', () => {
    const evil = '\u001b[2J\u0007\u202e';
    const text = messageText(
      message({
        from: { method: 'http', name: evil },
        sendType: 'group',
        target: evil,
        body: { text: evil, desp: `${evil}\n${evil}`, extra: { [evil]: evil, o: { p: evil } } },
      }),
      style,
    );
    for (const character of evil) if (character < ' ' || character > '~') expect(text).to.not.contain(character);
  });
});
