// herald e2e: the keys of this user for encrypted messages.
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { renderUnicodeCompact } from 'uqr';
import { fromBase64, importSecret, newSecret, SECRET_BYTES, toBase64Url } from '../../shared/encrypted.ts';
import { type Command, CommandError, type CommandIo, type ParsedOptions, UsageError } from './command.ts';
import { keysFile, readKeys, writeKeys } from './e2e-keys.ts';
import { jsonLine, visible, write } from './output.ts';
import { readInput } from './stdin.ts';

/** Lists, makes, takes in and removes keys. */
export const e2e: Command = {
  help: `usage: herald e2e [list]
       herald e2e new TARGETS
       herald e2e add [TARGETS] < KEY
       herald e2e remove ID

Keys for messages that the relay cannot read. TARGETS are devices and groups, with commas. For them,
herald send --encrypt encrypts with the key; herald listen decrypts with all keys.

  new       makes a key, and prints it as a QR code, as 24 words and as text: add it on each device that should read
  add       takes in the 24 words or the text of a key, from the standard input
  remove    removes the key with this id

  --json    print JSON

The keys are in HERALD_E2E_KEYS, default ~/.config/herald/e2e.keys (mode 0600). Keep a copy of the words: nobody can
read the messages without them.

Exit code: 0 done, 1 the keys cannot be read or there is no such key, 2 wrong options
`,
  options: { json: { type: 'boolean' } },
  words: ['list|new|add|remove?', 'WHAT?'],
  async run(parsed, io) {
    const [action = 'list', what = ''] = parsed.words;
    if (action === 'new' && namesOf(what).length === 0) throw new UsageError(['<TARGETS> is missing']);
    if (action === 'new') return make(namesOf(what), parsed, io);
    if (action === 'add') return add(namesOf(what), parsed, io);
    if (action === 'remove') return remove(what, parsed, io);
    return list(parsed, io);
  },
};

const namesOf = (text: string) => text.split(/[,\s]+/).filter((name) => name !== '');

async function keep(secret: Uint8Array, targets: readonly string[], { env }: CommandIo): Promise<string> {
  const text = toBase64Url(secret);
  const others = (await readKeys(env)).filter((key) => key.text !== text);
  await writeKeys(env, [...others, { text, targets }]);
  return (await importSecret(secret)).kid;
}

async function make(targets: readonly string[], parsed: ParsedOptions, io: CommandIo): Promise<number> {
  const secret = newSecret();
  const id = await keep(secret, targets, io);
  const [words, key] = [entropyToMnemonic(secret, wordlist), toBase64Url(secret)];
  const shown = `${renderUnicodeCompact(key)}\n\n${words}\n\n${key}\n\nKey ${id} is in ${visible(keysFile(io.env))}.\n`;
  await write(io.stdout, parsed.flag('json') ? jsonLine({ id, targets, words, key }) : shown);
  return 0;
}

function readSecret(input: string): Uint8Array | undefined {
  const words = input.trim().toLowerCase().split(/\s+/);
  if (words.length === 1) return fromBase64(input.trim());
  try {
    return mnemonicToEntropy(words.join(' '), wordlist);
  } catch {
    return undefined;
  }
}

async function add(targets: readonly string[], parsed: ParsedOptions, io: CommandIo): Promise<number> {
  const secret = readSecret(await readInput(io));
  if (secret?.length !== SECRET_BYTES) throw new CommandError('expected the 24 words or the text of a key');
  const id = await keep(secret, targets, io);
  await write(io.stdout, parsed.flag('json') ? jsonLine({ id, targets }) : `${id}\n`);
  return 0;
}

async function remove(id: string, parsed: ParsedOptions, { env, stdout }: CommandIo): Promise<number> {
  const keys = await readKeys(env);
  const left = keys.filter(({ key }) => key.kid !== id);
  if (left.length === keys.length) throw new CommandError(`there is no key ${visible(id)}`);
  await writeKeys(env, left);
  await write(stdout, parsed.flag('json') ? jsonLine({ removed: id }) : `${visible(id)} is removed\n`);
  return 0;
}

async function list(parsed: ParsedOptions, { env, stdout }: CommandIo): Promise<number> {
  const keys = (await readKeys(env)).map(({ key, targets }) => ({ id: key.kid, targets }));
  const lines = keys.map(({ id, targets }) => `${id}  ${visible(targets.join(', '))}\n`);
  await write(stdout, parsed.flag('json') ? jsonLine(keys) : lines.join(''));
  return 0;
}
