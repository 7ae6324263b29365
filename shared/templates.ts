// Shapes of the interface for templates: those that the owner writes, and the last payload of a key.

/** A template that the owner writes: a text for each part of a message, in which `{{ }}` reads the payload. */
export interface CustomTemplate {
  readonly title?: string | undefined;
  readonly message?: string | undefined;
  readonly priority?: string | undefined;
  /** Separated by commas. */
  readonly tags?: string | undefined;
  readonly click?: string | undefined;
  readonly icon?: string | undefined;
  readonly image?: string | undefined;
  /** What the message is about; the same for a problem and its end. */
  readonly key?: string | undefined;
  /** A word such as `firing`, `down`, `resolved` or `ok`. Only with `key`. */
  readonly state?: string | undefined;
  /** Whether the message is Markdown. */
  readonly markdown?: boolean | undefined;
}

/** A template of `GET /v1/templates`. */
export interface TemplateInfo extends CustomTemplate {
  readonly name: string;
  /** Whether it is in the config, and can only be changed there. */
  readonly configured: boolean;
}

/** The answer of `GET /v1/templates`. */
export interface TemplateList {
  readonly templates: readonly TemplateInfo[];
  /** The names of those that come with Herald. */
  readonly builtIn: readonly string[];
}

/** What a message says: the answer of `POST /v1/templates/preview`, and part of a use of a key. */
export interface MappedFields {
  readonly title: string;
  readonly body: string;
  readonly markdown: boolean;
  readonly priority?: number | undefined;
  readonly tags: readonly string[];
  readonly click?: string | undefined;
  readonly icon?: string | undefined;
  readonly image?: string | undefined;
  readonly key?: string | undefined;
  readonly state?: string | undefined;
}

/** The answer of `POST /v1/templates/preview`. */
export interface TemplatePreview {
  readonly fields: MappedFields;
  /** Parts that cannot be filled with this payload, and why. */
  readonly problems: readonly { readonly part: string; readonly reason: string }[];
}

/** The last payload that came with a key, with `…` in place of secrets. */
export interface LastPayload {
  /** ms since 1970. */
  readonly at: number;
  /** The template that it was read with. */
  readonly as: string;
  /** JSON or text. Undefined if it was too large to be kept. */
  readonly body?: unknown;
  /** Headers by which programs are recognised, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The answer of `POST /v1/keys/:name/test`: what the relay answered to each request. */
export interface SenderTest {
  readonly answers: readonly {
    readonly status: number;
    /** The beginning of the body. */
    readonly body: string;
  }[];
}

/** The answer of `GET /v1/keys/:name/payload`. */
export interface LastPayloadAnswer {
  /** Null if there is none. */
  readonly payload: LastPayload | null;
}
