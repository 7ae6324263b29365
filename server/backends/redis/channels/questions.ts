// Whether the sockets on a channel have read what was sent to them, on whichever node they are. A question whose answer is
// lost stays open: each asker has its own limit.
import { NOTICE } from '../notices.ts';
import { scripts } from '../scripts.ts';
import type { ChannelPorts } from './ports.ts';

/** How long a question is remembered, in ms. An answer that comes later is of no use to anybody. */
const KEPT = 60_000;

/** The questions of one node. */
export interface Questions {
  /** Resolves when the sockets on the channel have read everything. It may never settle. */
  caughtUp(app: string, channel: string): Promise<void>;
  /** Forgets all questions. */
  close(): void;
}

/** Makes the questions of one node. @param ask asks the sockets of this node; undefined if they have read everything */
export function createQuestions(
  { connection, keys, node, notices, clock, logger }: ChannelPorts,
  ask: (app: string, channel: string) => Promise<unknown> | undefined,
): Questions {
  /** Questions without all of their answers, by ticket. */
  const open = new Map<string, { readonly answered: () => void; readonly end: () => void }>();
  let tickets = 0;

  async function answer(asker: string, ticket: string, answered: Promise<unknown> | undefined): Promise<void> {
    await answered;
    await connection.runScript(scripts.answer, [keys.noticeNumbers], [keys.notices(''), asker, ticket]);
  }

  notices.on(NOTICE.question, ([asker = '', ticket = '', app = '', channel = '']) => {
    answer(asker, ticket, ask(app, channel)).catch((error) => logger.debug({ err: error }, 'a question stays open'));
  });
  notices.on(NOTICE.answer, ([ticket = '']) => open.get(ticket)?.answered());

  return {
    caughtUp(app, channel) {
      tickets += 1;
      const ticket = String(tickets);
      return new Promise((resolve) => {
        let answers = 0;
        let wanted = Number.POSITIVE_INFINITY;
        const end = () => {
          open.delete(ticket);
          clock.clearTimeout(timer);
        };
        const timer = clock.setTimeout(end, KEPT);
        const check = () => {
          if (answers < wanted) return;
          end();
          resolve();
        };
        const answered = () => {
          answers += 1;
          check();
        };
        open.set(ticket, { answered, end });
        connection
          .runScript(
            scripts.ask,
            [keys.noticeNumbers, keys.occupancy(app, channel)],
            [keys.notices(''), node.id(), ticket, app, channel],
          )
          .then((asked) => {
            wanted = Number(asked);
            check();
          })
          .catch((error) => {
            logger.debug({ err: error }, 'sockets cannot be asked');
            end();
          });
      });
    },
    close() {
      for (const { end } of [...open.values()]) end();
    },
  };
}
