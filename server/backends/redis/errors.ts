// The one error of the Redis backend: why Redis did not do something, and whether it may have done it all the same.
import { ErrorReply } from '@redis/client';
import { RelayError } from '../../base/errors.ts';
import { FileProblem } from './endpoint.ts';

/** Answers of Redis that mean "not now", by the code they begin with. Whatever is refused so has changed nothing. */
const REFUSALS: Readonly<Record<string, string>> = {
  LOADING: 'Redis is loading its data',
  READONLY: 'Redis is a replica at the moment',
  MASTERDOWN: 'Redis is a replica without a master',
  OOM: 'Redis is out of memory',
  MISCONF: 'Redis cannot write to its disk',
  NOREPLICAS: 'Redis has too few replicas',
  CLUSTERDOWN: 'the Redis Cluster is down',
  TRYAGAIN: 'the Redis Cluster is moving the data',
  MOVED: 'the Redis Cluster has moved the data',
  ASK: 'the Redis Cluster is moving the data',
  BUSY: 'Redis is busy with a script',
  NOAUTH: 'Redis refuses the login',
  WRONGPASS: 'Redis refuses the login',
};

/** Refusals after which another server has to be found. */
const MOVES = new Set(['READONLY', 'MASTERDOWN', 'MOVED', 'ASK', 'NOAUTH', 'WRONGPASS']);

/** Why Redis did not answer, or what it answered instead. */
export type RedisFailure = 'unreachable' | 'timeout' | 'pending' | 'replicas' | keyof typeof REFUSALS;

const TEXTS: Readonly<Record<string, string>> = {
  ...REFUSALS,
  unreachable: 'Redis is unreachable',
  timeout: 'Redis does not answer',
  pending: 'too many commands wait for Redis',
  replicas: 'too few replicas of Redis have it',
};

/** Redis did not do it, or it is not known whether it did. Callers get 503 and may try again. */
export class RedisError extends RelayError {
  readonly failure: RedisFailure;
  /** Whether Redis may have run the command. If false, nothing has changed. */
  readonly mayHaveRun: boolean;

  constructor(failure: RedisFailure, mayHaveRun: boolean, cause?: unknown) {
    super('unavailable', `${TEXTS[failure]}; try again`, { cause, retryAfter: 1 });
    this.name = 'RedisError';
    this.failure = failure;
    this.mayHaveRun = mayHaveRun;
  }

  /** It in a few words for the log. */
  get reason(): string {
    return TEXTS[this.failure] ?? this.message;
  }

  /** Whether the connection has to be made again, perhaps to another server. */
  get isMoved(): boolean {
    return MOVES.has(this.failure);
  }
}

/**
 * The code of an error that Redis answered, such as `OOM`. Redis 6 hides the code of a command in a script behind
 * "ERR Error running script".
 */
function codeOf(message: string): string {
  const [, inner] = /^ERR Error running script .*?: -?([A-Z]+) /s.exec(message) ?? [];
  return inner ?? message.split(' ', 1)[0] ?? '';
}

/**
 * What an error of the client means. An answer that is no refusal, such as `WRONGTYPE`, is a bug of a script or a key of
 * someone else, and stays as it is.
 * @param lost why the connection was given up, if it was
 */
export function explain(
  error: unknown,
  lost: { readonly failure: RedisFailure; readonly cause: unknown } | undefined,
): unknown {
  if (error instanceof RedisError) return error;
  if (error instanceof ErrorReply) {
    const code = codeOf(error.message);
    return Object.hasOwn(REFUSALS, code) ? new RedisError(code, false, error) : error;
  }
  return new RedisError(lost?.failure ?? 'unreachable', true, lost?.cause ?? error);
}

/** Whether Redis does not know the script by its hash. */
export function isNoScript(error: unknown): boolean {
  return error instanceof ErrorReply && error.message.startsWith('NOSCRIPT');
}

/** Errors of TLS by their codes: the certificate does not check, or the other side speaks no TLS. */
const TLS = /^(?:ERR_SSL|ERR_TLS|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED)|SELF_SIGNED|EPROTO/;
/** Answers to a handshake that stay the same: no login, forbidden, too old, no such database. */
const FINAL = /^(?:NOAUTH|WRONGPASS|NOPERM|NOPROTO|ERR (?:unknown command|DB index|invalid DB|Client sent AUTH))/i;

/** Whether a start should not wait, because the same error would come again. */
export function isHopeless(error: unknown): boolean {
  if (error instanceof FileProblem) return true;
  const cause = error instanceof RedisError ? error.cause : error;
  if (cause instanceof ErrorReply) return FINAL.test(cause.message);
  return cause instanceof Error && 'code' in cause && TLS.test(String(cause.code));
}
