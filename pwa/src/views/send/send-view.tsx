// The composer, and below it the messages that this page sent.
import { computed } from '@preact/signals';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Draft, SentMessage } from '../../model/model.ts';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { isAccepted, summarize, whyNotAccepted } from './sent-summary.ts';
import { SentHistory } from './statuses.tsx';
import { type Target, Targets } from './targets.tsx';

/** How long the toast shows the statuses of a message, in ms. The list below keeps showing them. */
const FOLLOW_MS = 12_000;
const PRIORITIES = [5, 4, 3, 2, 1] as const;

interface Written {
  readonly title: string;
  readonly body: string;
  readonly priority: number;
  readonly tags: string;
}

const EMPTY: Written = { title: '', body: '', priority: 3, tags: '' };

/** Only the extras that differ from the defaults of the receiver. */
function extraOf({ priority, tags }: Written): Record<string, unknown> {
  const list = tags
    .split(/[,，]/)
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  return { ...(priority === 3 ? {} : { priority }), ...(list.length === 0 ? {} : { tags: list }) };
}

/** Without a title, the first line becomes the title. */
export function draftOf(written: Written, target: Target, accountId: string): Draft {
  const body = written.body.trim();
  const [first = '', ...rest] = body.split('\n');
  const title = written.title.trim();
  const parts = title === '' ? { title: first.trim(), body: rest.join('\n').trim() } : { title, body };
  return { accountId, target: target.name.trim(), group: target.group, ...parts, extra: extraOf(written) };
}

export function SendView() {
  const ui = useUi();
  const { model, t, attempt, takeShared } = ui;
  const accounts = model.accounts.value;
  const [accountId, setAccountId] = useState(accounts[0]?.id ?? '');
  const [target, setTarget] = useState<Target>({ name: '', group: false });
  const [written, setWritten] = useState<Written>(EMPTY);
  const [busy, setBusy] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  const shared = ui.shared.value;
  // A layout effect runs before the paint: later, the heading could take the focus from a field that the person is in.
  useLayoutEffect(() => heading.current?.focus({ preventScroll: true }), []);
  useEffect(() => {
    if (shared === undefined) return;
    takeShared();
    setWritten((before) => ({ ...before, ...shared }));
  }, [shared, takeShared]);

  const account = accounts.find(({ id }) => id === accountId) ?? accounts[0];
  if (account === undefined) return null;
  const change = (part: Partial<Written>) => setWritten({ ...written, ...part });
  const isSendable = target.name.trim() !== '' && (written.title.trim() !== '' || written.body.trim() !== '');
  const send = async () => {
    if (!isSendable || busy) return;
    setBusy(true);
    let sent: SentMessage | undefined;
    await attempt(async () => {
      sent = await model.send(draftOf(written, target, account.id));
    });
    setBusy(false);
    if (sent === undefined) return;
    const { mid } = sent;
    if (!isAccepted(sent)) {
      ui.toast(whyNotAccepted(t, sent), { tone: 'bad', ms: FOLLOW_MS });
      return;
    }
    const first = sent;
    setWritten(EMPTY);
    const latest = computed(() => model.sent.value.find((message) => message.mid === mid) ?? first);
    ui.toast(
      computed(() => summarize(t, latest.value)),
      { ms: FOLLOW_MS },
    );
  };
  return (
    <div class="page">
      <h1 ref={heading} class="view-title" tabIndex={-1}>
        {t('nav.send')}
      </h1>
      <form
        class="panel composer"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send();
        }}
      >
        {accounts.length > 1 && (
          <div class="field">
            <label class="label" for={`${id}-server`}>
              {t('details.server')}
            </label>
            <select
              id={`${id}-server`}
              class="input"
              value={account.id}
              onChange={(event) => {
                setAccountId(event.currentTarget.value);
                setTarget({ name: '', group: false });
              }}
            >
              {accounts.map(({ id, server }) => (
                <option key={id} value={id}>
                  {new URL(server).host}
                </option>
              ))}
            </select>
          </div>
        )}
        <Targets account={account} value={target} onChange={setTarget} />
        <div class="field">
          <label class="label" for={`${id}-title`}>
            {t('send.title')}
          </label>
          <input
            id={`${id}-title`}
            class="input"
            dir="auto"
            value={written.title}
            onInput={(event) => change({ title: event.currentTarget.value })}
          />
        </div>
        <div class="field">
          <label class="label" for={`${id}-body`}>
            {t('send.body')}
          </label>
          <textarea
            id={`${id}-body`}
            class="input"
            dir="auto"
            rows={5}
            value={written.body}
            onInput={(event) => change({ body: event.currentTarget.value })}
            aria-describedby={`${id}-hint`}
          />
          <p id={`${id}-hint`} class="hint">
            {t('send.markdown_hint')}
          </p>
        </div>
        <div class="field-pair">
          <div class="field">
            <label class="label" for={`${id}-priority`}>
              {t('details.priority')}
            </label>
            <select
              id={`${id}-priority`}
              class="input"
              value={String(written.priority)}
              onChange={(event) => change({ priority: Number(event.currentTarget.value) })}
            >
              {PRIORITIES.map((priority) => (
                <option key={priority} value={String(priority)}>
                  {t(`priority.${priority}`)}
                </option>
              ))}
            </select>
          </div>
          <div class="field">
            <label class="label" for={`${id}-tags`}>
              {t('message.tags')}
            </label>
            <input
              id={`${id}-tags`}
              class="input"
              value={written.tags}
              placeholder="backup, tada"
              autocapitalize="off"
              onInput={(event) => change({ tags: event.currentTarget.value })}
            />
          </div>
        </div>
        <button type="submit" class="button button-primary button-wide" disabled={!isSendable || busy} aria-busy={busy}>
          <Icon name="send" size={18} />
          {t(busy ? 'send.sending' : 'send.send')}
        </button>
      </form>
      <SentHistory />
    </div>
  );
}
