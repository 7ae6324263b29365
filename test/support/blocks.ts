// The blocks of a page for users, and a shell that runs them as a reader would.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { expect } from 'chai';
import { onCleanup } from './cleanup.ts';

/** A fenced block, with the mark above it that says what a test makes of it. */
export interface Block {
  /** The comment above it, such as `run: first`. */
  readonly mark: string;
  readonly language: string;
  readonly code: string;
}

/** The fenced blocks of a text. */
export function blocksOf(text: string): Block[] {
  const found = text.matchAll(/(?:^<!-- (.+) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm);
  return [...found].map(([, mark = '', language = '', code = '']) => ({ mark, language, code }));
}

/** Checks that a page in both languages has the same blocks, headings, rows and list items. */
export async function expectTranslation(pages: readonly string[]): Promise<void> {
  const [english = '', chinese = ''] = await Promise.all(pages.map((page) => readFile(page, 'utf8')));
  expect(blocksOf(chinese)).to.deep.equal(blocksOf(english));
  const outline = (text: string) =>
    [...text.matchAll(/^(#+ |\| (?:`[^`]+`(?!.*\n\| ---))?|- |\d\. )/gm)].map(([, begin]) => begin);
  expect(outline(chinese)).to.deep.equal(outline(english));
}

/** The first two cells of every row of the tables, by the first one. */
export async function readRows(file: string): Promise<Map<string, string>> {
  const text = await readFile(file, 'utf8');
  return new Map([...text.matchAll(/^\| `([^`]+)` \| ([^|]*) \|/gm)].map(([, key = '', value = '']) => [key, value]));
}

/** Runs a block in a shell, which is ended after the test. */
export function start(code: string, variables: Readonly<Record<string, string>>, cwd: string): ChildProcess {
  const child = spawn('sh', ['-c', code], {
    cwd,
    env: { PATH: process.env['PATH'], ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what the shell has started ends with it.
    detached: true,
  });
  onCleanup(() => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid);
  });
  return child;
}

/** The lines that a program writes. */
export function linesOf(stream: Readable | null): Interface {
  if (stream === null) throw new Error('no output');
  return createInterface({ input: stream });
}

/** How a block ended. */
export interface Result {
  readonly code: number;
  readonly output: string;
}

/** Runs a block as it stands, with the variables that the reader was told to set. */
export async function run(code: string, variables: Readonly<Record<string, string>>, cwd: string): Promise<Result> {
  const child = start(code, variables, cwd);
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('no output');
  const [output, errors, [status]] = await Promise.all([readText(stdout), readText(stderr), once(child, 'close')]);
  if (status === 127) throw new Error(`${errors}Install with:\n  sudo apt-get install curl`);
  return { code: status, output };
}
