import { expect } from 'chai';
import { allHelp, helpOf } from '../../server/cli/command-help.ts';
import { commands } from '../../server/cli/index.ts';

describe('helpOf', () => {
  it('reads usage, options and paragraphs of a help text', async () => {
    const command = {
      help: `usage: herald x NAME [OPTIONS]
       herald x list

Does it.
  an example

  --file FILE     a file
  --let-it N
                  how many,
                  and more
  --state STATE   what

The end.
`,
      options: {
        file: { type: 'string', short: 'f' },
        'let-it': { type: 'string' },
        state: { type: 'string', choices: ['a', 'b'] },
      },
      words: ['list|run?', 'NAME?'],
      run: async () => 0,
    } as const;
    expect(helpOf({ name: 'x', summary: 'do it' }, command)).to.deep.equal({
      name: 'x',
      summary: 'do it',
      usage: ['herald x NAME [OPTIONS]', 'herald x list'],
      words: ['list|run', 'NAME'],
      actions: ['list', 'run'],
      options: [
        { name: 'file', short: 'f', value: 'FILE', text: 'a file' },
        { name: 'let-it', value: 'N', text: 'how many, and more' },
        { name: 'state', value: 'STATE', choices: ['a', 'b'], text: 'what' },
      ],
      before: [['Does it.', '  an example']],
      after: [['The end.']],
    });
  });

  it('describes every option of every command once', async () => {
    const helps = await allHelp(commands);
    for (const [index, { name, options }] of helps.entries()) {
      const { options: table } = (await commands[index]?.load()) ?? { options: {} };
      expect(
        options.map((option) => option.name),
        name,
      ).to.have.members(Object.keys(table));
      for (const { name: option, text } of options) expect(text, `${name} --${option}`).to.match(/\S{2}/);
    }
  });
});
