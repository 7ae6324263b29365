// The body of a message: Markdown once its chunk is here, plain text until then or when the sender wants it so.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { InboxMessage } from '../../model/model.ts';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import type { RenderMarkdown } from './markdown.ts';

function useMarkdown(wanted: boolean): RenderMarkdown | undefined {
  const { markdown } = useUi();
  const [render, setRender] = useState<{ readonly call: RenderMarkdown } | undefined>(undefined);
  useEffect(() => {
    if (!wanted || render !== undefined) return;
    // Without the chunk the text is still there to be read.
    markdown().then(
      (call) => setRender({ call }),
      () => undefined,
    );
  }, [wanted, render, markdown]);
  return render?.call;
}

function hostsOf(message: InboxMessage): readonly string[] {
  const own = location.origin;
  return [message.image, message.icon]
    .filter((url) => url !== undefined)
    .map((url) => new URL(url))
    .filter((url) => url.origin !== own)
    .map((url) => url.host);
}

export function MessageBody({ message }: { readonly message: InboxMessage }) {
  const { t } = useUi();
  const target = useRef<HTMLDivElement>(null);
  const [loadImages, setLoadImages] = useState(false);
  const [inBody, setInBody] = useState<readonly string[]>([]);
  const [isPlain, setPlain] = useState(!message.markdown);
  const render = useMarkdown(message.markdown && message.body !== '');
  const { body } = message;

  useLayoutEffect(() => {
    if (render === undefined || target.current === null) return;
    const rendered = render(body, { base: location.href, loadImages });
    setPlain(rendered === undefined);
    if (rendered === undefined) return;
    target.current.replaceChildren(rendered.nodes);
    setInBody(rendered.hosts);
  }, [render, body, loadImages]);

  const hosts = loadImages ? [] : [...new Set([...inBody, ...hostsOf(message)])];
  const showImage = (url: string | undefined) =>
    url !== undefined && (loadImages || new URL(url).origin === location.origin);
  return (
    <>
      {hosts.length > 0 && (
        <button type="button" class="button button-small image-consent" onClick={() => setLoadImages(true)}>
          <Icon name="image" size={16} />
          {t('message.load_images', { hosts: hosts.join(', ') })}
        </button>
      )}
      {showImage(message.image) && <img class="message-image" src={message.image} alt={t('message.image')} />}
      {isPlain || (message.markdown && render === undefined) ? (
        <div class="plain" dir="auto">
          {body}
        </div>
      ) : null}
      {message.markdown && <div ref={target} class="markdown" dir="auto" />}
    </>
  );
}
