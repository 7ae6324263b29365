// The first steps on a device that has no messages yet: what is done, and what to do next.
import type { ComponentChildren } from 'preact';
import type { Account } from '../../model/model.ts';
import { docsPath } from '../shell/docs-path.ts';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { copyText } from './message-commands.ts';

interface StepProps {
  readonly done?: boolean;
  readonly text: string;
  readonly children?: ComponentChildren;
}

function Step({ done = false, text, children }: StepProps) {
  return (
    <li class={done ? 'tour-step done' : 'tour-step'}>
      <p>
        {done && <Icon name="check" size={18} />}
        {text}
      </p>
      {children}
    </li>
  );
}

/** A command that sends to this device, and a button that copies it. */
function Command({ account }: { readonly account: Account }) {
  const ui = useUi();
  const { t } = ui;
  const command = `curl "${account.server}/${encodeURIComponent(account.name)}.send?text=Hello" -H "authorization: TOKEN"`;
  return (
    <section class="command" aria-label={t('inbox.example')}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard must reach everything that scrolls */}
      <pre tabIndex={0}>{command}</pre>
      <button type="button" class="icon-button" aria-label={t('menu.copy')} onClick={() => void copyText(ui, command)}>
        <Icon name="copy" />
      </button>
    </section>
  );
}

export function Tour({ account }: { readonly account: Account }) {
  const ui = useUi();
  const { model, t } = ui;
  const isPushOn = model.push.value.kind === 'on';
  return (
    <section class="tour" aria-label={t('tour.title')}>
      <h3>{t('tour.title')}</h3>
      <ol>
        <Step done text={t('tour.paired')} />
        <Step text={t('tour.send')}>
          <Command account={account} />
          <button type="button" class="button button-small" onClick={() => ui.go({ view: 'send' })}>
            <Icon name="send" size={18} />
            {t('inbox.send_one')}
          </button>
        </Step>
        <Step done={isPushOn} text={t(isPushOn ? 'tour.push_on' : 'tour.push')}>
          {!isPushOn && (
            <button type="button" class="button button-small" onClick={() => ui.go({ view: 'settings' })}>
              <Icon name="bell" size={18} />
              {t('tour.push_settings')}
            </button>
          )}
        </Step>
        <Step text={t('tour.sender')}>
          <a
            class="button button-small"
            href={docsPath(ui.translator.value.language, 'integrations')}
            target="_blank"
            rel="noreferrer"
          >
            {t('tour.sender_docs')}
          </a>
        </Step>
      </ol>
    </section>
  );
}
