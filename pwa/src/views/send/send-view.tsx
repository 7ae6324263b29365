// The composer, and below it the messages that this page sent.
import { computed } from '@preact/signals';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Attachment } from '../../../../shared/content.ts';
import type { Draft, SentMessage } from '../../model/model.ts';
import { takeSharedFile } from '../../model/store/shared-file.ts';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { FileField, fileOf } from './file-field.tsx';
import { NO_QUESTION, QuestionField, questionOf, type WrittenQuestion } from './question-field.tsx';
import { sentOutcome } from './sent-question.tsx';
import { isAccepted, summarize, whyNotAccepted } from './sent-summary.ts';
import { SentHistory } from './statuses.tsx';
import { type Target, Targets } from './targets.tsx';
import { UpcomingList } from './upcoming.tsx';

/** How long the toast shows the statuses of a message, in ms. The list below keeps showing them. */
const FOLLOW_MS = 12_000;
/** Above the priorities of messages. */
const EMERGENCY = 6;
const PRIORITIES = [5, 4, 3, 2, 1] as const;

interface Written {
  readonly title: string;
  readonly body: string;
  readonly priority: number;
  readonly tags: string;
  readonly question: WrittenQuestion;
}

const EMPTY: Written = { title: '', body: '', priority: 3, tags: '', question: NO_QUESTION };

/** Only the extras that differ from the defaults of the receiver. */
function extraOf({ priority, tags }: Written): Record<string, unknown> {
  const list = tags
    .split(/[,，]/)
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  const urgency = priority === EMERGENCY ? 'emergency' : priority;
  return { ...(priority === 3 ? {} : { priority: urgency }), ...(list.length === 0 ? {} : { tags: list }) };
}

/** Without a title, the first line or the name of the file becomes the title. */
export function draftOf(written: Written, target: Target, accountId: string, attachment?: Attachment): Draft {
  const body = written.body.trim();
  const [first = '', ...rest] = (body === '' ? (attachment?.name ?? '') : body).split('\n');
  const title = written.title.trim();
  // An emergency asks for its acknowledgement already.
  const ask = written.priority === EMERGENCY ? undefined : questionOf(written.question);
  const parts = title === '' ? { title: first.trim(), body: rest.join('\n').trim() } : { title, body };
  return {
    accountId,
    target: target.name.trim(),
    group: target.group,
    ...parts,
    extra: { ...extraOf(written), ...(attachment === undefined ? {} : { attachment }) },
    ...(ask === undefined || ask === 'invalid' ? {} : { ask }),
  };
}

export function SendView() {
  const ui = useUi();
  const { model, t, attempt, takeShared } = ui;
  const accounts = model.accounts.value;
  const [accountId, setAccountId] = useState(accounts[0]?.id ?? '');
  const [target, setTarget] = useState<Target>({ name: '', group: false });
  const [written, setWritten] = useState<Written>(EMPTY);
  const [busy, setBusy] = useState(false);
  const [file, setFile] = useState<File | undefined>(undefined);
  const [progress, setProgress] = useState<number | undefined>(undefined);
  /** The upload of the file, so that a second try need not repeat it. */
  const uploaded = useRef<{ file: File; accountId: string; attachment: Attachment } | undefined>(undefined);
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  const shared = ui.shared.value;
  // A layout effect runs before the paint: later, the heading could take the focus from a field that the person is in.
  useLayoutEffect(() => heading.current?.focus({ preventScroll: true }), []);
  useEffect(() => {
    if (shared === undefined) return;
    takeShared();
    const { hasFile, ...texts } = shared;
    setWritten((before) => ({ ...before, ...texts }));
    if (hasFile === true) takeSharedFile(caches).then(setFile, () => undefined);
  }, [shared, takeShared]);

  const account = accounts.find(({ id }) => id === accountId) ?? accounts[0];
  if (account === undefined) return null;
  const change = (part: Partial<Written>) => setWritten({ ...written, ...part });
  const isEmpty = written.title.trim() === '' && written.body.trim() === '' && file === undefined;
  const isSendable = target.name.trim() !== '' && !isEmpty;
  const attach = async (): Promise<Attachment | undefined> => {
    if (file === undefined) return undefined;
    const before = uploaded.current;
    if (before?.file === file && before.accountId === account.id) return before.attachment;
    setProgress(0);
    try {
      const attachment = await model.upload(account.id, file, setProgress);
      uploaded.current = { file, accountId: account.id, attachment };
      return attachment;
    } finally {
      setProgress(undefined);
    }
  };
  const takeFile = (event: Event, data: DataTransfer | null) => {
    const given = fileOf(data);
    if (given === undefined || busy) return;
    event.preventDefault();
    setFile(given);
  };
  const send = async () => {
    if (!isSendable || busy) return;
    if (written.priority !== EMERGENCY && questionOf(written.question) === 'invalid') {
      ui.toast(t('send.bad_options'), { tone: 'bad' });
      return;
    }
    setBusy(true);
    let sent: SentMessage | undefined;
    await attempt(async () => {
      const attachment = await attach();
      sent = await model.send(draftOf(written, target, account.id, attachment));
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
    setFile(undefined);
    const latest = computed(() => model.sent.value.find((message) => message.mid === mid) ?? first);
    ui.toast(
      computed(() => {
        const outcome = sentOutcome(ui, latest.value);
        return [summarize(t, latest.value), ...(outcome === undefined ? [] : [outcome])].join(' · ');
      }),
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
        onPaste={(event) => takeFile(event, event.clipboardData)}
        onDragOver={(event) => {
          if (event.dataTransfer?.types.includes('Files')) event.preventDefault();
        }}
        onDrop={(event) => takeFile(event, event.dataTransfer)}
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
        <FileField file={file} progress={progress} onFile={setFile} />
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
              <option value={String(EMERGENCY)}>{t('emergency.title')}</option>
              {PRIORITIES.map((priority) => (
                <option key={priority} value={String(priority)}>
                  {t(`priority.${priority}`)}
                </option>
              ))}
            </select>
            {written.priority === EMERGENCY && <p class="hint">{t('send.emergency_hint')}</p>}
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
        {written.priority !== EMERGENCY && (
          <QuestionField value={written.question} onChange={(question) => change({ question })} />
        )}
        <button type="submit" class="button button-primary button-wide" disabled={!isSendable || busy} aria-busy={busy}>
          <Icon name="send" size={18} />
          {t(busy ? 'send.sending' : 'send.send')}
        </button>
      </form>
      <UpcomingList />
      <SentHistory />
    </div>
  );
}
