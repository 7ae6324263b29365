// One warning or error of the log.
import type { LogLineInfo } from '../../../../shared/api.ts';
import { fullTime, mediumTime } from '../../locales/format.ts';
import { useUi } from '../ui.ts';
import { useTexts } from './owner-ui.ts';

/** @param node its name, where there are several */
export function LogLine({ line, node }: { readonly line: LogLineInfo; readonly node?: string | undefined }) {
  const { translator } = useUi();
  const t = useTexts();
  const { at, level, text, facts } = line;
  const shown = Object.entries(facts).map(([name, value]) => `${name}=${String(value)}`);
  return (
    <li class="log-line">
      <span class="log-head">
        <span class={`status ${level === 'error' ? 'status-bad' : 'status-warn'}`}>{t(`log.${level}`)}</span>
        <time class="muted" dateTime={new Date(at).toISOString()} title={fullTime(translator.value, at)}>
          {mediumTime(translator.value, at)}
        </time>
        {node !== undefined && <span class="muted clip">{node}</span>}
      </span>
      <span class="log-text" lang="en">
        {text}
      </span>
      {shown.length > 0 && (
        <span class="log-facts" dir="auto">
          {shown.join(' ')}
        </span>
      )}
    </li>
  );
}
