// Tells the sockets of this node which members come and go, on whichever node. What was missed is read and told later.
import type { PublishedEvent } from '../../../channel/connection.ts';
import { memberText } from '../../../channel/presence.ts';
import { NOTICE } from '../notices.ts';
import type { RedisBus } from './bus.ts';
import { parseMember, readMembers } from './members.ts';
import type { ChannelPorts } from './ports.ts';
import type { LocalChannel, Subscribers } from './subscribers.ts';

/** What follows the members. */
export interface MemberNews {
  /** Reads the members of all channels of this node, and tells what changed since they were told. */
  reread(): Promise<void>;
}

/** Makes it. */
export function createMemberNews(
  { connection, keys, notices }: ChannelPorts,
  subscribers: Subscribers,
  bus: Pick<RedisBus, 'receive'>,
): MemberNews {
  /** Members who were told of while a read is under way: the notice is newer than what was read. */
  let told: Set<string> | undefined;
  const toldKey = (app: string, channel: string, userId: string) => [app, channel, userId].join('\n');

  function tell(
    type: 'member_added' | 'member_removed',
    { app, channel }: { readonly app: string; readonly channel: string },
    userId: string,
    data: string,
    except?: string,
  ): void {
    const event: PublishedEvent = { type, channel, name: type, data, userId };
    bus.receive({ app, channels: [channel], events: [event], except });
  }

  notices.on(NOTICE.member, ([app = '', channel = '', kind, userId = '', except], body) => {
    const text = String(body);
    const { id } = parseMember(text);
    const known = subscribers.find(app, channel)?.known;
    told?.add(toldKey(app, channel, userId));
    if (kind === 'a') {
      known?.set(userId, id);
      tell('member_added', { app, channel }, userId, text, except === '' ? undefined : except);
    } else {
      known?.delete(userId);
      tell('member_removed', { app, channel }, userId, memberText({ id }));
    }
  });

  async function compare({ app, name: channel }: LocalChannel): Promise<void> {
    const members = await readMembers(connection.send, keys.members(app, channel));
    const known = subscribers.find(app, channel)?.known;
    if (known === undefined) return;
    const isNews = (userId: string) => told?.has(toldKey(app, channel, userId)) !== true;
    for (const [userId, id] of [...known]) {
      if (members.has(userId) || !isNews(userId)) continue;
      known.delete(userId);
      tell('member_removed', { app, channel }, userId, memberText({ id }));
    }
    for (const [userId, member] of members) {
      if (known.has(userId) || !isNews(userId)) continue;
      known.set(userId, member.id);
      tell('member_added', { app, channel }, userId, memberText(member));
    }
  }

  return {
    async reread() {
      told = new Set();
      try {
        for (const local of [...subscribers.channels()]) if (local.known !== undefined) await compare(local);
      } finally {
        told = undefined;
      }
    },
  };
}
