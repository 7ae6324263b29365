// What a user would pick instead, as far as package registries have it. Peers are no dependencies of the project: they
// are measured where they are installed.
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Contender } from './contender.ts';
import { findMosquitto } from './mosquitto.ts';
import { findNchan } from './nchan.ts';
import { findSockudo } from './sockudo.ts';

/** Where peers go that are not packages of the system. */
const PREFIX = join(tmpdir(), 'herald-peers');

interface Peer {
  readonly name: string;
  find(): Contender | undefined;
  /** The commands that install it, words separated by blanks. */
  readonly install: readonly string[];
}

const apt = (name: string) => `apt-get install --yes --no-install-recommends ${name}`;

const PEERS: readonly Peer[] = [
  { name: 'nchan', find: findNchan, install: [apt('libnginx-mod-nchan')] },
  { name: 'mosquitto', find: findMosquitto, install: [apt('mosquitto')] },
  {
    name: 'sockudo',
    find: () => findSockudo(PREFIX),
    install: [
      apt('protobuf-compiler libprotobuf-dev'),
      `cargo install sockudo --version 5.2.0 --locked --root ${PREFIX} --no-default-features --features local,v2`,
    ],
  },
];

/** Peers that no registry has as a program which runs without a further build or download. */
const ELSEWHERE = ['ntfy', 'Gotify', 'centrifugo', 'soketi', 'mpush'];

/** The peers that are installed. @param tell gets a line for each one that is not */
export function findPeers(tell: (line: string) => void): Contender[] {
  const found: Contender[] = [];
  for (const { name, find, install } of PEERS) {
    const peer = find();
    if (peer === undefined) tell(`left out: ${name}; install it with --install, or: ${install.join(' && ')}`);
    else found.push(peer);
  }
  tell(`left out, because no registry has them ready to run: ${ELSEWHERE.join(', ')}`);
  return found;
}

/** Runs a command. @returns whether it succeeded */
function run(line: string, tell: (line: string) => void): boolean {
  const [command = '', ...words] = line.split(' ');
  tell(`${line} …`);
  if (command === 'apt-get' && process.getuid?.() !== 0) tell('  needs root');
  else if (spawnSync(command, words, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0) return true;
  else tell('  failed');
  return false;
}

/** Installs the peers that are missing. One that fails is left out. */
export function installPeers(tell: (line: string) => void): void {
  for (const { find, install } of PEERS) {
    if (find() === undefined) install.every((line) => run(line, tell));
  }
}
