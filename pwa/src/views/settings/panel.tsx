// A section of the settings with a title.
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

export function Panel({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  const id = useId();
  return (
    <section class="panel" aria-labelledby={id}>
      <h2 id={id} class="panel-title">
        {title}
      </h2>
      {children}
    </section>
  );
}
