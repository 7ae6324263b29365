// What a request to listen asks for, and whether its caller may.
import type { HttpRequest } from '../kit/http-message.ts';
import { callerOf, mayUse } from './caller.ts';
import { NtfyError } from './errors.ts';
import { readAsked } from './filters.ts';
import type { Listening, Tells } from './listening.ts';
import type { NtfyPorts } from './ports.ts';
import { isTopic, type KeptNames } from './topics.ts';
import type { PushTopics } from './unified-push.ts';

const MAX_TOPICS = 100;

/** What listening needs beside the ports. */
export interface ListenParts {
  readonly tells: Tells;
  readonly kept: KeptNames;
  readonly pushTopics: PushTopics;
}

/** The topics of a path, each once. @returns undefined if one has not the form of a topic */
export function topicsIn(text: string): readonly string[] | undefined {
  const names = text.split(',');
  return names.every(isTopic) ? [...new Set(names)] : undefined;
}

/**
 * Who listens to what, if the caller may.
 * @param text the topics, separated by commas; each has the form of a topic
 * @throws NtfyError
 */
export async function readListening(
  request: HttpRequest | (Parameters<typeof callerOf>[0] & Parameters<typeof readAsked>[0]),
  text: string,
  ports: NtfyPorts,
  { kept, pushTopics }: ListenParts,
): Promise<Listening> {
  const topics = topicsIn(text);
  if (topics === undefined || topics.length > MAX_TOPICS) throw new NtfyError(40009);
  if (topics.some((topic) => kept.has(topic))) throw new NtfyError(40010);
  const caller = await callerOf(request, ports);
  if (!topics.every((topic) => mayUse(caller, 'receive', topic))) throw new NtfyError(40301);
  const asked = await readAsked(request, ports);
  await pushTopics.listened(topics);
  return { caller, topics, shown: text, asked, now: await ports.log.lastMid() };
}
