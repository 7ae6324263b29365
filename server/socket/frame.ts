// Builds unmasked WebSocket text frames (RFC 6455, section 5.2). A frame is built once and written to any number of sockets.

const FIN_TEXT = 0x81;

/** The bytes of a text frame as a server sends it. */
export function textFrame(text: string): Buffer {
  return textFrames([text]);
}

/** The bytes of several text frames, one after the other. */
export function textFrames(texts: readonly string[]): Buffer {
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const frames = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + headerSize(length) + length, 0));
  let at = 0;
  texts.forEach((text, index) => {
    at = writeHeader(frames, at, lengths[index] ?? 0);
    at += frames.write(text, at, 'utf8');
  });
  return frames;
}

function headerSize(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10;
}

/** Writes the header at `at`. Returns where the text begins. */
function writeHeader(frames: Buffer, at: number, length: number): number {
  const size = headerSize(length);
  frames[at] = FIN_TEXT;
  if (size === 2) {
    frames[at + 1] = length;
  } else if (size === 4) {
    frames[at + 1] = 126;
    frames.writeUInt16BE(length, at + 2);
  } else {
    frames[at + 1] = 127;
    frames.writeBigUInt64BE(BigInt(length), at + 2);
  }
  return at + size;
}

/**
 * Creates an encoder that builds the frames of each array of events only once, as one buffer. The encoder returns undefined
 * when the dialect has no text for any of the events.
 */
export function framesOnce<Event>(
  encode: (event: Event) => string | undefined,
): (events: readonly Event[]) => Buffer | undefined {
  const built = new WeakMap<readonly Event[], Buffer | null>();
  const frames = rememberLast<Event>((events) => {
    let found = built.get(events);
    if (found === undefined) {
      found = framesOf(events, encode) ?? null;
      built.set(events, found);
    }
    return found ?? undefined;
  });
  return (events) => frames(events, '');
}

/** Remembers the last frames, because a fan-out asks for the same ones again for each of its sockets. */
function rememberLast<Event>(
  build: (events: readonly Event[], channel: string) => Buffer | undefined,
): (events: readonly Event[], channel: string) => Buffer | undefined {
  let last: readonly Event[] | undefined;
  let lastChannel = '';
  let frames: Buffer | undefined;
  return (events, channel) => {
    if (events !== last || channel !== lastChannel) {
      frames = build(events, channel);
      last = events;
      lastChannel = channel;
    }
    return frames;
  };
}

function framesOf<Event>(events: readonly Event[], encode: (event: Event) => string | undefined): Buffer | undefined {
  const texts = events.map(encode).filter((text) => text !== undefined);
  return texts.length === 0 ? undefined : textFrames(texts);
}

/**
 * Like {@link framesOnce}, for texts that name the channel. Keeps only the frames for the events' own channel, because any
 * other channel belongs to one device with a socket or two.
 */
export function framesPerChannel<Event extends { readonly channel: string }>(
  encode: (event: Event, channel: string) => string | undefined,
): (events: readonly Event[], channel: string) => Buffer | undefined {
  const own = framesOnce((event: Event) => encode(event, event.channel));
  return rememberLast((events, channel) =>
    events.every((event) => event.channel === channel)
      ? own(events)
      : framesOf(events, (event) => encode(event, channel)),
  );
}
