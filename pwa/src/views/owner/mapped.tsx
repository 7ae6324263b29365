// What a payload or a request was read as: the program that was recognised, and the parts of the message.
import type { KeyUseFields, KeyUseInfo } from '../../../../shared/api.ts';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { type OwnerText, useTexts } from './owner-ui.ts';

/** How people write the names of templates and dialects. */
const PROGRAMS: Readonly<Record<string, string>> = {
  alertmanager: 'Alertmanager',
  grafana: 'Grafana',
  github: 'GitHub',
  gitea: 'Gitea, Forgejo',
  gitlab: 'GitLab',
  'uptime-kuma': 'Uptime Kuma',
  healthchecks: 'Healthchecks',
  arr: '*arr',
  proxmox: 'Proxmox',
  sentry: 'Sentry',
  cloudevents: 'CloudEvents',
  slack: 'Slack',
  discord: 'Discord',
  json: 'JSON',
  ntfy: 'ntfy',
  gotify: 'Gotify',
  bark: 'Bark',
  pushdeer: 'PushDeer',
  pushover: 'Pushover',
  serverchan: 'Server酱',
  apprise: 'Apprise',
  pushme: 'PushMe',
  pushplus: 'PushPlus',
};

/** What sent a request, as far as it was recognised; a template of the owner under its own name. */
export function programOf({ template, dialect }: KeyUseInfo, t: OwnerText): string | undefined {
  const name = template ?? dialect;
  if (name === 'text') return t('mapped.plain');
  if (Object.hasOwn(PROGRAMS, name)) return PROGRAMS[name];
  return template;
}

/** How people write the interface through which a request came: curl's requests are in the form of mpush, but no one who uses curl knows that. */
export function interfaceOf(dialect: string): string {
  if (dialect === 'mpush') return 'HTTP';
  return (Object.hasOwn(PROGRAMS, dialect) && PROGRAMS[dialect]) || dialect;
}

interface MappedProps {
  /** Undefined leaves out the title. */
  readonly title?: string | undefined;
  readonly fields: KeyUseFields;
}

/** The parts of a message, as plain text. */
export function Mapped({ title = '', fields }: MappedProps) {
  const { t: pageText } = useUi();
  const t = useTexts();
  const { body = '', priority, tags = [], click = '', key = '', state = '', icon = '', image = '' } = fields;
  const level = priority === undefined ? undefined : ([1, 2, 3, 4, 5] as const).find((one) => one === priority);
  const rows = [
    ['mapped.title', title],
    ['mapped.body', body],
    ['mapped.priority', level === undefined ? '' : `${level} · ${pageText(`priority.${level}`)}`],
    ['mapped.tags', tags.join(', ')],
    ['mapped.state', state],
    ['mapped.key', key],
    ['mapped.click', click],
    ['mapped.icon', icon],
    ['mapped.image', image],
  ] as const;
  return (
    <dl class="mapped">
      {rows.map(
        ([label, text]) =>
          text !== '' && (
            <div key={label} class="mapped-row">
              <dt>{t(label)}</dt>
              <dd dir="auto">{text}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

const BAD = { refused: 'made.refused', limited: 'made.limited' } as const;

/** A request as it came: what it was recognised as, and what it says. Undefined while none has come. */
export function Arrival({ use }: { readonly use: KeyUseInfo | undefined }) {
  const t = useTexts();
  const result = use?.result;
  const isBad = result === 'refused' || result === 'limited';
  const text = (): string => {
    if (use === undefined) return t('made.waiting');
    const { title } = use;
    const dialect = interfaceOf(use.dialect);
    if (isBad) return t(use.title === 'signature' ? 'made.unsigned' : BAD[result], { dialect, title });
    const program = programOf(use, t);
    if (result === 'ignored') return t('made.ignored', { program: program ?? dialect, title });
    return program === undefined ? t('made.received', { dialect, title }) : t('made.recognised', { program, title });
  };
  return (
    <div class={`first-use ${use === undefined ? '' : isBad ? 'first-use-bad' : 'first-use-good'}`}>
      <p class="first-use-head" role="status">
        <Icon name={use === undefined ? 'clock' : isBad ? 'alert' : 'check'} />
        <span>{text()}</span>
      </p>
      {use?.fields !== undefined && !isBad && <Mapped title={use.title} fields={use.fields} />}
    </div>
  );
}
