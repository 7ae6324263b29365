/** Who a connection is on a presence channel. The ids 10 and "10" mean the same user. */
export interface MemberClaim {
  readonly id: string | number;
  /** Any JSON value; undefined when none was given. */
  readonly info?: unknown;
}

/** One user of a presence channel, with the info of its first connection. */
export type Member = MemberClaim;

/** Why a member is refused, or why a subscription without one is. */
export type MemberRefusal = 'member_missing' | 'member_invalid' | 'user_id_too_long' | 'member_too_large';

/** The id as text. Connections with the same text are the same user. */
export function userIdOf(claim: MemberClaim): string {
  return String(claim.id);
}

/** A member as JSON: `{"user_id":…,"user_info":…}`, without `user_info` when there is none. */
export function memberText({ id, info }: MemberClaim): string {
  return JSON.stringify({ user_id: id, user_info: info });
}

/** Checks the form and the size of a member. Undefined when it is valid. */
export function checkMember(
  claim: MemberClaim,
  limits: { readonly userIdLen: number; readonly presenceMemberBytes: number },
): MemberRefusal | undefined {
  const { id } = claim;
  // Beyond 2^53 two different numbers would round to the same user.
  const valid = typeof id === 'string' ? id !== '' : Number.isInteger(id) && Math.abs(id) <= 2 ** 53;
  if (!valid) return 'member_invalid';
  if (userIdOf(claim).length > limits.userIdLen) return 'user_id_too_long';
  try {
    return Buffer.byteLength(memberText(claim)) > limits.presenceMemberBytes ? 'member_too_large' : undefined;
  } catch {
    // JSON.parse accepts deeper nesting than JSON.stringify.
    return 'member_too_large';
  }
}

/** The members of one presence channel, counted per user. */
export class Presence {
  readonly #members = new Map<string, { id: string | number; info?: unknown; connections: number }>();

  /** Members by user id, in the order in which they joined. */
  get members(): ReadonlyMap<string, Member> {
    return this.#members;
  }

  /** Adds a connection of the user. Returns true when it is the first. Later connections do not change the info. */
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

  /** Removes a connection of the user. Returns the member when that was its last connection. */
  leave(userId: string): Member | undefined {
    const member = this.#members.get(userId);
    if (member === undefined) return undefined;
    member.connections -= 1;
    if (member.connections > 0) return undefined;
    this.#members.delete(userId);
    return member;
  }
}
