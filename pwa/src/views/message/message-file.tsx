// The file of a message: a picture of the own relay in place, everything else as a link with its size and type.
import { useState } from 'preact/hooks';
import { bytes } from '../../locales/format.ts';
import { isPicture } from '../../model/message/message-file.ts';
import type { InboxMessage } from '../../model/model.ts';
import { isForbiddenByPolicy } from '../../model/relay/server-url.ts';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';

export function MessageFileView({ message }: { readonly message: InboxMessage }) {
  const { t, translator, model, now } = useUi();
  const [failed, setFailed] = useState(false);
  const { file } = message;
  if (file === undefined) return null;
  const account = model.accounts.value.find(({ id }) => id === message.accountId);
  const isOwn = file.path !== undefined && account !== undefined;
  const url = isOwn ? account.server + file.path : file.url;
  const isGone = file.expires !== undefined && file.expires <= now.value;
  const facts = [
    file.size === undefined ? '' : bytes(translator.value, file.size),
    file.type.split(';', 1)[0] ?? '',
    isOwn ? '' : new URL(url).host,
    isGone ? t('message.file_expired') : failed ? t('message.image_failed') : '',
  ].filter((fact) => fact !== '');
  const showsPicture = isOwn && isPicture(file) && !isGone && !failed && !isForbiddenByPolicy(url, location.href);
  const text = (
    <>
      <Icon name={isPicture(file) ? 'image' : 'file'} size={22} />
      <span class="file-text">
        <span class="file-name" dir="auto">
          {file.name}
        </span>
        <span class="muted">{facts.join(' · ')}</span>
      </span>
    </>
  );
  if (isGone) return <p class="file-card">{text}</p>;
  return (
    <>
      {showsPicture && (
        <a class="file-picture" href={url} target="_blank" rel="noreferrer">
          <img src={url} alt={file.name} loading="lazy" onError={() => setFailed(true)} />
        </a>
      )}
      <a class="file-card" href={url} download={isOwn ? file.name : undefined} target="_blank" rel="noreferrer">
        {text}
        <Icon name={isOwn ? 'download' : 'link'} size={18} />
      </a>
    </>
  );
}
