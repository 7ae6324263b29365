/** The command line asks for something that does not exist. The message says what there is, or what to do first. */
export class UsageError extends Error {}
