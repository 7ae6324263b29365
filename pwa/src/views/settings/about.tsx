// Versions, and answers to the first questions of most people.
import { useEffect, useState } from 'preact/hooks';
import { docsPath } from '../shell/docs-path.ts';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { Panel } from './panel.tsx';

/** Defined by the build, see vite.config.ts. */
declare const __VERSION__: string | undefined;

const PAGE_VERSION = typeof __VERSION__ === 'string' ? __VERSION__ : 'dev';

const TOPICS = ['send', 'silent', 'groups', 'keys'] as const;

export function About() {
  const { model, t, translator } = useUi();
  const accounts = model.accounts.value;
  const [versions, setVersions] = useState<ReadonlyMap<string, string>>(new Map());
  useEffect(() => {
    for (const { id } of accounts) {
      // A relay that cannot be reached shows no version.
      model.relayVersion(id).then(
        (version) => setVersions((known) => new Map(known).set(id, version)),
        () => undefined,
      );
    }
  }, [model, accounts]);
  return (
    <Panel title={t('about.title')}>
      <p>
        <a href={docsPath(translator.value.language)} target="_blank" rel="noreferrer">
          {t('help.docs')}
        </a>
      </p>
      <details class="details help">
        <summary>
          <Icon name="chevron" size={16} />
          {t('help.title')}
        </summary>
        <dl>
          {TOPICS.map((topic) => (
            <div key={topic}>
              <dt>{t(`help.${topic}`)}</dt>
              <dd>{t(`help.${topic}_text`)}</dd>
            </div>
          ))}
        </dl>
      </details>
      <ul class="muted versions">
        <li>{t('about.page', { version: PAGE_VERSION })}</li>
        {accounts.map(({ id, server }) => {
          const version = versions.get(id);
          if (version === undefined) return null;
          return <li key={id}>{t('about.relay', { host: new URL(server).host, version })}</li>;
        })}
      </ul>
    </Panel>
  );
}
