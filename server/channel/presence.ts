/** Who a connection claims to be on a presence channel. The number 10 and the text "10" are the same user. */
export interface MemberClaim {
  readonly id: string | number;
  /** Anything that JSON can hold; undefined when nothing was said. */
  readonly info?: unknown;
}

/** One user of a presence channel, as the first of its connections described it. */
export interface Member extends MemberClaim {
  /** How many connections the user has here. */
  readonly connections: number;
}

/** Why a claim, or the lack of one, is refused. */
export type MemberRefusal = 'member_missing' | 'member_invalid' | 'user_id_too_long' | 'member_too_large';

/** The id under which a user is counted. */
export function userIdOf(claim: MemberClaim): string {
  return String(claim.id);
}

/** A member as JSON text, `{"user_id":…,"user_info":…}`; without `user_info` when there is none. */
export function memberText({ id, info }: MemberClaim): string {
  return JSON.stringify({ user_id: id, user_info: info });
}

/** Checks form and size of a claim; undefined means that it is fine. */
export function checkMember(
  claim: MemberClaim,
  limits: { readonly userIdLen: number; readonly presenceMemberBytes: number },
): MemberRefusal | undefined {
  const { id } = claim;
  // Beyond 2^53 two different numbers of the sender would be one here.
  const valid = typeof id === 'string' ? id !== '' : Number.isInteger(id) && Math.abs(id) <= 2 ** 53;
  if (!valid) return 'member_invalid';
  if (userIdOf(claim).length > limits.userIdLen) return 'user_id_too_long';
  try {
    return Buffer.byteLength(memberText(claim)) > limits.presenceMemberBytes ? 'member_too_large' : undefined;
  } catch {
    // Info that JSON.parse took, but that is nested too deeply for JSON.stringify.
    return 'member_too_large';
  }
}

/** The members of one presence channel, counted per user. */
export class Presence {
  readonly #members = new Map<string, { id: string | number; info?: unknown; connections: number }>();

  /** By user id, in the order of arrival. */
  get members(): ReadonlyMap<string, Member> {
    return this.#members;
  }

  /** Adds a connection of the user; true when it is the user's first. A later one does not change the info. */
  join(claim: MemberClaim): boolean {
    const userId = userIdOf(claim);
    const member = this.#members.get(userId);
    if (member === undefined) {
      this.#members.set(userId, { id: claim.id, info: claim.info, connections: 1 });
      return true;
    }
    member.connections += 1;
    return false;
  }

  /** Takes a connection of the user away; the member when it was the last one. */
  leave(userId: string): Member | undefined {
    const member = this.#members.get(userId);
    if (member === undefined) return undefined;
    member.connections -= 1;
    if (member.connections > 0) return undefined;
    this.#members.delete(userId);
    return member;
  }
}
