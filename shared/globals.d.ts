// The globals that Node, the page and the service worker have in common.

declare class URL {
  constructor(url: string, base?: string);
  static canParse(url: string, base?: string): boolean;
  readonly href: string;
  readonly protocol: string;
  readonly host: string;
  readonly origin: string;
  readonly username: string;
  readonly password: string;
}
