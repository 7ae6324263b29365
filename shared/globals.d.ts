// The globals that Node, the page and the service worker have in common.

declare class URL {
  constructor(url: string, base?: string);
  static canParse(url: string, base?: string): boolean;
  readonly href: string;
  readonly pathname: string;
  readonly protocol: string;
  readonly host: string;
  readonly origin: string;
  readonly username: string;
  readonly password: string;
}

declare class TextEncoder {
  encode(text: string): Uint8Array;
}

declare class TextDecoder {
  constructor(label: string, options: { fatal: boolean });
  decode(bytes: Uint8Array | ArrayBuffer): string;
}

declare function btoa(binary: string): string;
declare function atob(base64: string): string;

/** The parts of Web Crypto that messages are encrypted with. Keys are opaque here. */
declare const crypto: {
  getRandomValues(bytes: Uint8Array): Uint8Array;
  readonly subtle: {
    importKey(
      format: 'raw',
      bytes: Uint8Array,
      algorithm: object,
      extractable: boolean,
      usages: readonly string[],
    ): Promise<object>;
    sign(algorithm: string, key: object, bytes: Uint8Array): Promise<ArrayBuffer>;
    encrypt(algorithm: object, key: object, bytes: Uint8Array): Promise<ArrayBuffer>;
    decrypt(algorithm: object, key: object, bytes: Uint8Array): Promise<ArrayBuffer>;
  };
};
