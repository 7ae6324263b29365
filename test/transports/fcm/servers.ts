// Google on this machine: a token endpoint that checks the assertion, and FCM HTTP v1. No test lives here.

import { generateKeyPairSync, verify } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { listen } from '../../support/push-service/listen.ts';

// Making a key takes longer than any test here.
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** The claims of an assertion that was signed by the account. */
export interface Claims {
  readonly iss: string;
  readonly scope: string;
  readonly aud: string;
  readonly iat: number;
  readonly exp: number;
}

/** A message as it arrived at FCM. */
export interface Arrived {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: number;
  readonly message: {
    readonly token: string;
    readonly data: Readonly<Record<string, string>>;
    readonly android: { readonly priority: string; readonly ttl: string };
  };
}

/** An answer in place of the usual one. */
export interface FakeAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A running fake. */
export interface FakeGoogle {
  readonly url: string;
  /** A key file of the account. */
  readonly keyFile: Readonly<Record<string, string>>;
  /** Assertions that verified, oldest first. */
  readonly assertions: Claims[];
  readonly messages: Arrived[];
  /** Seconds that new tokens live. */
  lifetime: number;
  /** Answers of FCM and of the token endpoint to give first. */
  readonly answers: FakeAnswer[];
  readonly tokenAnswers: FakeAnswer[];
  /** Tokens given so far are not accepted any more. */
  revoke(): void;
  /** Resolves once so many messages have arrived. */
  arrived(count: number): Promise<void>;
}

/** An error in FCM's shape. */
export function fcmError(status: string, errorCode?: string, field?: string): object {
  const details = [
    ...(errorCode === undefined ? [] : [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }]),
    ...(field === undefined
      ? []
      : [
          {
            '@type': 'type.googleapis.com/google.rpc.BadRequest',
            fieldViolations: [{ field, description: 'Invalid' }],
          },
        ]),
  ];
  return { error: { code: 0, message: 'Request contains an invalid argument.', status, details } };
}

function readAssertion(text: string | null): Claims | undefined {
  const [header = '', payload = '', signature = ''] = (text ?? '').split('.');
  const { alg } = JSON.parse(Buffer.from(header, 'base64url').toString());
  const isSigned = verify(
    'sha256',
    Buffer.from(`${header}.${payload}`),
    publicKey,
    Buffer.from(signature, 'base64url'),
  );
  return alg === 'RS256' && isSigned ? JSON.parse(Buffer.from(payload, 'base64url').toString()) : undefined;
}

/** Starts it; it is closed after the test. */
export async function fakeGoogle(): Promise<FakeGoogle> {
  const valid = new Set<string>();
  const waiting = new Set<() => void>();

  function giveToken(form: URLSearchParams, response: ServerResponse): void {
    const claims = readAssertion(form.get('assertion'));
    const isGrant = form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer';
    if (claims === undefined || !isGrant) {
      answer(response, { status: 400, body: { error: 'invalid_grant' } });
      return;
    }
    google.assertions.push(claims);
    const token = `ya29.${google.assertions.length}`;
    valid.add(token);
    const body = { access_token: token, token_type: 'Bearer', expires_in: google.lifetime };
    answer(response, { status: 200, body });
  }

  function take(arrived: Arrived, response: ServerResponse): void {
    const isAccepted = valid.has(String(arrived.headers.authorization).replace('Bearer ', ''));
    google.messages.push(arrived);
    for (const wake of waiting) wake();
    const fallback = isAccepted
      ? { status: 200, body: { name: 'projects/p/messages/1' } }
      : { status: 401, body: fcmError('UNAUTHENTICATED') };
    answer(response, google.answers.shift() ?? fallback);
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const { url: path = '', headers } = request;
      if (path === '/token') {
        const given = google.tokenAnswers.shift();
        if (given === undefined) giveToken(new URLSearchParams(body.toString()), response);
        else answer(response, given);
      } else {
        take({ path, headers, bytes: body.length, message: JSON.parse(body.toString()).message }, response);
      }
    });
  });
  const url = `http://127.0.0.1:${await listen(server, 0, '127.0.0.1')}`;
  onCleanup(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });

  const google: FakeGoogle = {
    url,
    keyFile: {
      type: 'service_account',
      project_id: 'my-project',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      client_email: 'relay@my-project.iam.gserviceaccount.example',
      token_uri: `${url}/token`,
    },
    assertions: [],
    messages: [],
    lifetime: 3600,
    answers: [],
    tokenAnswers: [],
    revoke: () => valid.clear(),
    async arrived(count) {
      await eventually(`message ${count} at FCM`, () => google.messages.length >= count);
    },
  };
  return google;
}

function answer(response: ServerResponse, { status, body, headers = {} }: FakeAnswer): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? {});
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(text);
}
