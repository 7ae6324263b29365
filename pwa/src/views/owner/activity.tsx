// The last messages of all senders, as they come, and the way of each to its recipients.
import { useEffect, useId, useState } from 'preact/hooks';
import type { ActivityMessage, ActivityPage } from '../../../../shared/api.ts';
import type { ActivityFilter } from '../../model/owner/owner.ts';
import { BusyButton } from '../shell/busy-button.tsx';
import { ActivityRow } from './activity-row.tsx';
import { Shown } from './managed.tsx';
import { type OwnerProps, useLoaded, useRefresh, useTexts } from './owner-ui.ts';
import { TextField } from './text-field.tsx';

/** How often the newest messages are read, in ms. */
const REFRESH = 3000;
const STATES = ['waiting', 'held', 'received', 'failed'] as const;

interface Filters {
  readonly sender: string;
  readonly target: string;
  readonly status: '' | (typeof STATES)[number];
}

/** What the fields choose. An empty field chooses nothing. */
function filterOf({ sender, target, status }: Filters): ActivityFilter {
  return {
    ...(sender === '' ? {} : { sender }),
    ...(target === '' ? {} : { target }),
    ...(status === '' ? {} : { status }),
  };
}

interface FieldsProps {
  readonly filters: Filters;
  readonly names: { readonly senders: readonly string[]; readonly targets: readonly string[] };
  readonly onChange: (filters: Filters) => void;
}

function Fields({ filters, names, onChange }: FieldsProps) {
  const t = useTexts();
  const id = useId();
  return (
    <div class="filters">
      <TextField
        label={t('activity.sender')}
        value={filters.sender}
        names={names.senders}
        onChange={(sender) => onChange({ ...filters, sender })}
      />
      <TextField
        label={t('activity.target')}
        value={filters.target}
        names={names.targets}
        onChange={(target) => onChange({ ...filters, target })}
      />
      <div class="field">
        <label class="label" for={id}>
          {t('activity.status')}
        </label>
        <select
          id={id}
          class="input"
          value={filters.status}
          onChange={(event) => onChange({ ...filters, status: event.currentTarget.value as Filters['status'] })}
        >
          <option value="">{t('activity.any')}</option>
          {STATES.map((state) => (
            <option key={state} value={state}>
              {t(`activity.${state}`)}
            </option>
          ))}
        </select>
      </div>
    </div>
  );
}

/** The newest page before what was read of older ones, each message once. */
function joined(newest: ActivityPage, older: readonly ActivityMessage[]): readonly ActivityMessage[] {
  const known = new Set(newest.messages.map(({ mid }) => mid));
  return [...newest.messages, ...older.filter(({ mid }) => !known.has(mid))];
}

interface ListProps extends OwnerProps {
  readonly filter: ActivityFilter;
}

function List({ account, owner, filter }: ListProps) {
  const t = useTexts();
  const [older, setOlder] = useState<{ readonly messages: readonly ActivityMessage[]; readonly next?: string }>();
  const loaded = useLoaded(`${account.id} ${JSON.stringify(filter)}`, () => owner.activity(filter));
  useRefresh(() => void loaded.load(), REFRESH);
  const loadOlder = async (before: string) => {
    const page = await owner.activity(filter, before);
    const messages = [...(older?.messages ?? []), ...page.messages];
    setOlder({ messages, ...(page.more ? { next: page.last } : {}) });
  };
  return (
    <Shown loaded={loaded}>
      {(newest) => {
        const messages = joined(newest, older?.messages ?? []);
        const next = older === undefined ? (newest.more ? newest.last : undefined) : older.next;
        return (
          <>
            {messages.length === 0 ? (
              <p class="muted">{t('activity.none')}</p>
            ) : (
              <ul class="panel activity">
                {messages.map((message) => (
                  <ActivityRow key={message.mid} owner={owner} message={message} onSent={loaded.load} />
                ))}
              </ul>
            )}
            {next !== undefined && (
              <BusyButton class="button button-wide" action={() => loadOlder(next)}>
                {t('activity.older')}
              </BusyButton>
            )}
          </>
        );
      }}
    </Shown>
  );
}

export function Activity({ account, owner, target }: OwnerProps & { readonly target: string }) {
  const t = useTexts();
  const [filters, setFilters] = useState<Filters>({ sender: '', target, status: '' });
  const [names, setNames] = useState<FieldsProps['names']>({ senders: [], targets: [] });
  useEffect(() => {
    // Only suggestions: without them, names can still be typed.
    Promise.all([owner.devices(), owner.senders()]).then(
      ([devices, senders]) =>
        setNames({
          senders: senders.map(({ name }) => name),
          targets: [...new Set(devices.flatMap(({ name, groups }) => [name, ...groups]))],
        }),
      () => undefined,
    );
  }, [owner]);
  const filter = filterOf(filters);
  return (
    <>
      <p class="prose">{t('activity.intro')}</p>
      <Fields filters={filters} names={names} onChange={setFilters} />
      <List key={JSON.stringify(filter)} account={account} owner={owner} filter={filter} />
    </>
  );
}
