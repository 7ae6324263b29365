// Planned faults: answers that the service gives instead of doing the work, in the order in which tests asked for them.

/** What goes wrong, and for whom. */
export interface Fault {
  readonly status?: number;
  /** For `Retry-After`: seconds or an HTTP date. */
  readonly retryAfter?: number | string;
  readonly body?: string;
  /** More headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Wait before answering. */
  readonly delayMs?: number;
  /** Instead of an answer, cut the connection or stay silent. */
  readonly action?: 'reset' | 'hang';
  /** How many requests fail; 1 by default. */
  readonly times?: number | 'forever';
  /** Only requests to this subscription. */
  readonly token?: string;
}

/** The faults of one service that are still to come. */
export class Faults {
  readonly list: { readonly fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    const { times = 1 } = fault;
    this.list.push({ fault, left: times === 'forever' ? Number.POSITIVE_INFINITY : times });
  }

  /** The fault of a request to this subscription, if one is due. */
  take(token: string): Fault | undefined {
    const found = this.list.find(({ fault }) => fault.token === undefined || fault.token === token);
    if (found === undefined) return undefined;
    found.left -= 1;
    if (found.left <= 0) this.list.splice(this.list.indexOf(found), 1);
    return found.fault;
  }

  clear(): void {
    this.list.length = 0;
  }
}
