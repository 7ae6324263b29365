// Sends a message on behalf of a caller. What its key says is applied here, for every dialect: where it may send, how often,
// its name, and what a message has that says nothing itself.
import { type Content, readContent, writeContent } from '../../../shared/content.ts';
import type { RateStore } from '../../access/guards.ts';
import type { KeyUsages } from '../../access/key-usage.ts';
import type { Key } from '../../access/keys.ts';
import type { Principal } from '../../access/principal.ts';
import { RelayError } from '../../base/errors.ts';
import type { Draft } from '../../delivery/message.ts';

/** How a message came in. */
export interface Entrance {
  readonly dialect: string;
  readonly address: string;
  /** The template that the payload was read with. */
  readonly template?: string | undefined;
}

/**
 * Prepares the draft of a caller: it is what the caller may send. A caller without a key gets the draft as it is, at once.
 * @throws RelayError `forbidden` for a target that is not the key's, `too_many` beyond its rate (rejects)
 */
export type Admit = (caller: Principal, draft: Draft, entrance: Entrance) => Draft | Promise<Draft>;

/** What {@link createAdmit} needs. */
export interface AdmitPorts {
  readonly rates: RateStore;
  readonly usages: Pick<KeyUsages, 'note'>;
}

/** Makes the entrance of keys. */
export function createAdmit({ rates, usages }: AdmitPorts): Admit {
  async function admit(key: Key, caller: Principal, draft: Draft, entrance: Entrance): Promise<Draft> {
    const { name, settings, limit } = key;
    const content = withDefaults(draft.content, key);
    const use = { ...entrance, title: content.title, content };
    const { sendType, target } = draft;
    const addressed = withinRights(draft, caller);
    if (addressed === undefined) {
      usages.note(name, { ...use, result: 'refused' });
      const shown = sendType === 'group' ? `the group ${target}` : target;
      throw new RelayError('forbidden', `the key ${name} may not send to ${shown}`);
    }
    const { rate } = settings;
    if (rate !== undefined) {
      const { wait } = await rates.take(limit, 'key', rate.perMinute / 60, 1, rate.burst);
      if (wait > 0) {
        usages.note(name, { ...use, result: 'limited' });
        const retryAfter = Math.max(1, Math.ceil(wait));
        throw new RelayError('too_many', `the key ${name} sends too much, try again in ${retryAfter} s`, {
          retryAfter,
        });
      }
    }
    usages.note(name, { ...use, result: 'sent' });
    return { ...addressed, from: { ...draft.from, name }, content };
  }

  return (caller, draft, entrance) => (caller.key === undefined ? draft : admit(caller.key, caller, draft, entrance));
}

/**
 * The draft for those whom the caller may send to; undefined if there are none. What is sent to a name may be meant for the
 * device and the group of that name, of which a key may have only one.
 */
function withinRights(draft: Draft, caller: Principal): Draft | undefined {
  const { sendType, target, byName } = draft;
  if (byName !== true) return caller.may('send', target, sendType) ? draft : undefined;
  const [kind, other] = (['personal', 'group'] as const).filter((one) => caller.may('send', target, one));
  return kind === undefined || other !== undefined ? kind && draft : { ...draft, sendType: kind, byName: undefined };
}

/** The content with what the key says where it says nothing itself. */
function withDefaults(content: Content, { name, settings: { priority, tags, icon } }: Key): Content {
  const more = {
    ...(priority === undefined || content.priority !== undefined ? {} : { priority }),
    ...(tags === undefined || content.tags.length > 0 ? {} : { tags }),
    ...(icon === undefined || content.icon !== undefined ? {} : { icon }),
  };
  const body = writeContent(content);
  // A message that only changes the state of an alert gets the title of that alert.
  const text = body.text.trim() === '' && body.desp.trim() !== '' ? name : body.text;
  return readContent({ ...body, text, extra: { ...body.extra, ...more } });
}
