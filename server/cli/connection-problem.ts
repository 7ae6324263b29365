// Explains in a few words why a connection failed.
import { visible } from './output.ts';

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the host name cannot be looked up at the moment',
  EHOSTUNREACH: 'that host cannot be reached',
  ENETUNREACH: 'that network cannot be reached',
  ETIMEDOUT: 'no answer in time',
  ECONNABORTED: 'no answer in time',
  ECONNRESET: 'the connection broke',
  EPROTO: 'the other side does not speak TLS',
};

/** Why a connection failed, in a few words. */
export function connectionProblem(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? visible(error.message || code);
}
