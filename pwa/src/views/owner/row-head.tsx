// The first line of a row: a name, and what state it is in.
import type { ComponentChildren } from 'preact';

interface RowHeadProps {
  readonly name: string;
  /** The state, as `<span class="status">`. */
  readonly children?: ComponentChildren;
}

export function RowHead({ name, children }: RowHeadProps) {
  return (
    <div class="sender-head">
      <strong class="clip" dir="auto">
        {name}
      </strong>
      {children}
    </div>
  );
}
