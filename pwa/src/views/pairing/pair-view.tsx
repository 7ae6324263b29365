// Pairs this page with a relay, with a pairing code or the relay's token, and then offers notifications.
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { PairingChoice } from '../../model/model.ts';
import { FormFailure, useSubmit } from '../shell/form.tsx';
import { Icon, Mark } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { GroupField } from './group-field.tsx';
import { NameField, sendPath } from './name-field.tsx';
import { WelcomeStep } from './welcome.tsx';

/** The address of the relay that served this page. */
function ownServer(): string {
  return new URL('.', location.href).href.replace(/[?#].*$/, '').replace(/\/$/, '');
}

/** Reads the field for the code, where a person may paste a code or a whole link. */
export function readPairing(typed: string, own: string): { readonly server: string; readonly code: string } {
  const text = typed.trim();
  const [, address, code] = /^(https?:\/\/.*?)\/?#pair=([^&\s]+)$/i.exec(text) ?? [];
  return address !== undefined && code !== undefined ? { server: address, code } : { server: own, code: text };
}

interface StepProps {
  readonly onDone: () => void;
}

function ChoiceForm({
  choice,
  onDone,
  onBack,
}: StepProps & { readonly choice: PairingChoice; readonly onBack: () => void }) {
  const { model, t } = useUi();
  const [name, setName] = useState(choice.suggestedName);
  const [groups, setGroups] = useState<readonly string[]>([]);
  const isTaken = choice.names.includes(name.trim());
  const isRefused = isTaken && !choice.mayTakeOver;
  const submission = useSubmit(async () => {
    await model.pair(choice, name.trim(), groups);
    onDone();
  });
  return (
    <form class="panel" onSubmit={submission.onSubmit}>
      <p class="server-name">
        <Icon name="link" size={18} />
        <span class="clip">{choice.server}</span>
      </p>
      <NameField
        value={name}
        hint={
          isRefused
            ? t('pairing.name_refused')
            : isTaken
              ? t('pairing.name_taken')
              : t('pairing.name_hint', { path: sendPath(name) })
        }
        isWarning={isTaken}
        onChange={setName}
      />
      <GroupField known={choice.groups} value={groups} onChange={setGroups} />
      <FormFailure failure={submission.failure} />
      <button
        type="submit"
        class="button button-primary button-wide"
        disabled={submission.busy || name.trim() === '' || isRefused}
        aria-busy={submission.busy}
      >
        {t('pairing.pair')}
      </button>
      <button type="button" class="button button-quiet button-wide" onClick={onBack}>
        {t('pairing.other_way')}
      </button>
    </form>
  );
}

function CodeForm({ code, onFound }: { readonly code: string; readonly onFound: (choice: PairingChoice) => void }) {
  const { model, t, explain } = useUi();
  const [typed, setTyped] = useState(code);
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const [busy, setBusy] = useState(code !== '');
  const id = useId();
  const lookUp = async (text: string) => {
    setBusy(true);
    setFailure(undefined);
    const asked = readPairing(text, ownServer());
    try {
      onFound(await model.lookUpPairing(asked.server, asked.code));
    } catch (error) {
      setFailure(explain(error));
      setBusy(false);
    }
  };
  // Look up the code of the link once.
  useEffect(() => {
    if (code !== '') void lookUp(code);
  }, [code]);
  return (
    <form
      class="panel"
      onSubmit={(event) => {
        event.preventDefault();
        void lookUp(typed);
      }}
    >
      <div class="field">
        <label class="label" for={id}>
          {t('pairing.code')}
        </label>
        <input
          id={id}
          class="input"
          value={typed}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          aria-describedby={`${id}-hint`}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        <p id={`${id}-hint`} class="hint">
          {t('pairing.code_hint')}
        </p>
      </div>
      <FormFailure failure={failure} />
      <button
        type="submit"
        class="button button-primary button-wide"
        disabled={busy || typed.trim() === ''}
        aria-busy={busy}
      >
        {t('pairing.look_up')}
      </button>
    </form>
  );
}

function HandForm({ onDone }: StepProps) {
  const { model, t } = useUi();
  const [server, setServer] = useState(ownServer);
  const [token, setToken] = useState('');
  const [name, setName] = useState('');
  const [groups, setGroups] = useState<readonly string[]>([]);
  const id = useId();
  const submission = useSubmit(async () => {
    await model.register(server.trim(), token.trim(), name.trim(), groups);
    onDone();
  });
  const complete = [server, token, name].every((text) => text.trim() !== '');
  return (
    <form class="panel" onSubmit={submission.onSubmit}>
      <div class="field">
        <label class="label" for={`${id}-server`}>
          {t('pairing.server')}
        </label>
        <input
          id={`${id}-server`}
          class="input"
          type="url"
          value={server}
          autocomplete="url"
          onInput={(event) => setServer(event.currentTarget.value)}
        />
      </div>
      <div class="field">
        <label class="label" for={`${id}-token`}>
          {t('pairing.token')}
        </label>
        <input
          id={`${id}-token`}
          class="input"
          type="password"
          value={token}
          autocomplete="off"
          aria-describedby={`${id}-hint`}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
        <p id={`${id}-hint`} class="hint">
          {t('pairing.token_hint')}
        </p>
      </div>
      <NameField value={name} hint={t('pairing.name_by_hand')} placeholder="phone" onChange={setName} />
      <GroupField known={[]} value={groups} onChange={setGroups} />
      <FormFailure failure={submission.failure} />
      <button
        type="submit"
        class="button button-primary button-wide"
        disabled={submission.busy || !complete}
        aria-busy={submission.busy}
      >
        {t('pairing.pair')}
      </button>
    </form>
  );
}

export function PairView() {
  const { route, model, t, go } = useUi();
  const code = route.value.view === 'pair' ? route.value.code : '';
  const [choice, setChoice] = useState<PairingChoice | undefined>(undefined);
  const [byHand, setByHand] = useState(false);
  const [isDone, setDone] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  // Screen readers announce each step by its heading. A layout effect runs before the paint: later, the heading could take
  // the focus from a field that the person has already moved to.
  useLayoutEffect(() => heading.current?.focus({ preventScroll: true }), [isDone]);
  const leave = () => go({ view: 'inbox' }, { replace: true });
  const isFirst = model.accounts.value.length === 0;
  return (
    <div class="page page-narrow pairing">
      <div class="pairing-head">
        <Mark size={64} />
        <h1 ref={heading} class="view-title" tabIndex={-1}>
          {t(isDone ? 'pairing.done' : isFirst ? 'pairing.welcome' : 'pairing.add_server')}
        </h1>
        {!isDone && <p class="muted">{t('pairing.intro')}</p>}
      </div>
      {isDone ? (
        <WelcomeStep onDone={leave} />
      ) : (
        <>
          {choice !== undefined ? (
            <ChoiceForm choice={choice} onDone={() => setDone(true)} onBack={() => setChoice(undefined)} />
          ) : byHand ? (
            <HandForm onDone={() => setDone(true)} />
          ) : (
            <CodeForm key={code} code={code} onFound={setChoice} />
          )}
          {choice === undefined && (
            <button type="button" class="button button-quiet button-wide" onClick={() => setByHand(!byHand)}>
              {t(byHand ? 'pairing.by_code' : 'pairing.by_hand')}
            </button>
          )}
          {!isFirst && (
            <button type="button" class="button button-quiet button-wide" onClick={leave}>
              {t('common.cancel')}
            </button>
          )}
        </>
      )}
    </div>
  );
}
