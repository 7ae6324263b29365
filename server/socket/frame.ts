// Builds unmasked WebSocket text frames (RFC 6455, section 5.2). A frame is built once and written to any number of sockets.

const FIN_TEXT = 0x81;

/** The bytes of a text frame as a server sends it. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(headerSize(length) + length);
  writeFrame(frame, 0, text, length);
  return frame;
}

/** The frames of several texts, in one buffer. */
function textFrames(texts: readonly string[]): Buffer {
  let size = 0;
  const lengths = texts.map((text) => {
    const length = Buffer.byteLength(text);
    size += headerSize(length) + length;
    return length;
  });
  const frames = Buffer.allocUnsafe(size);
  let at = 0;
  texts.forEach((text, index) => {
    at = writeFrame(frames, at, text, lengths[index] as number);
  });
  return frames;
}

function headerSize(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10;
}

/** Writes a frame from `at` on. Returns where it ends. */
function writeFrame(frames: Buffer, at: number, text: string, length: number): number {
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
  return at + size + frames.write(text, at + size, 'utf8');
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
  const texts: string[] = [];
  for (const event of events) {
    const text = encode(event);
    if (text !== undefined) texts.push(text);
  }
  const [first] = texts;
  if (first === undefined) return undefined;
  return texts.length === 1 ? textFrame(first) : textFrames(texts);
}

/**
 * Like {@link framesOnce}, for texts that name the channel. Keeps only the last frames: the sockets of one channel follow each
 * other.
 */
export function framesPerChannel<Event>(
  encode: (event: Event, channel: string) => string | undefined,
): (events: readonly Event[], channel: string) => Buffer | undefined {
  return rememberLast((events, channel) => framesOf(events, (event) => encode(event, channel)));
}
