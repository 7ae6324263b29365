// Members of a presence channel as Redis keeps them.
import { type Member, type MemberClaim, memberText } from '../../../channel/presence.ts';
import type { Send } from '../link.ts';
import { scan } from '../scan.ts';

/** A member on its way to Redis. */
export interface MemberTexts {
  readonly text: string;
  /** Its info as JSON; empty if it has none. */
  readonly info: string;
}

/** A member as texts. */
export function memberTexts(claim: MemberClaim): MemberTexts {
  return { text: memberText(claim), info: claim.info === undefined ? '' : JSON.stringify(claim.info) };
}

/** The member of a text of {@link memberTexts}. */
export function parseMember(text: string): Member {
  const { user_id: id, user_info: info } = JSON.parse(text);
  return info === undefined ? { id } : { id, info };
}

/** The members of a hash, `user, "<number of arrival> <text>", …`, in the order in which they came. */
export function parseMembers(flat: readonly string[]): ReadonlyMap<string, Member> {
  const found: [arrival: number, userId: string, member: Member][] = [];
  for (let at = 0; at < flat.length; at += 2) {
    const value = flat[at + 1] ?? '';
    const end = value.indexOf(' ');
    found.push([Number(value.slice(0, end)), flat[at] ?? '', parseMember(value.slice(end + 1))]);
  }
  found.sort(([one], [other]) => one - other);
  return new Map(found.map(([, userId, member]) => [userId, member]));
}

/** Reads the members of a channel. */
export async function readMembers(send: Send, key: string): Promise<ReadonlyMap<string, Member>> {
  return parseMembers([...(await scan(send, 'HSCAN', key))].flat());
}

/** The ids of members as they were given, by user id. */
export function knownIds(members: ReadonlyMap<string, Member>): Map<string, string | number> {
  return new Map([...members].map(([userId, { id }]) => [userId, id]));
}
