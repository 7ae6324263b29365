// Sockets: upgrades, limits, heartbeat, and a ws socket as a Connection. Not here: what a frame means (dialects/).
// This file: one unmasked WebSocket text frame (RFC 6455, section 5.2), built once and written to any number of sockets.

const FIN_TEXT = 0x81;

/** The bytes of a text frame as a server sends it. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(header + length);
  frame[0] = FIN_TEXT;
  if (header === 2) {
    frame[1] = length;
  } else if (header === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, header, 'utf8');
  return frame;
}

/**
 * As `frameOnce`, where the text names the channel. Only the frame of the event's own channel is kept: another channel
 * is that of one device, with a socket or two.
 */
export function framePerChannel<Event extends { readonly channel: string }>(
  encode: (event: Event, channel: string) => string | undefined,
): (event: Event, channel: string) => Buffer | undefined {
  const own = frameOnce((event: Event) => encode(event, event.channel));
  return (event, channel) => {
    if (channel === event.channel) return own(event);
    const text = encode(event, channel);
    return text === undefined ? undefined : textFrame(text);
  };
}

/** Makes an encoder that builds one frame per event object; undefined where the dialect has no text for the event. */
export function frameOnce<Event extends object>(
  encode: (event: Event) => string | undefined,
): (event: Event) => Buffer | undefined {
  const frames = new WeakMap<Event, Buffer | null>();
  return (event) => {
    let frame = frames.get(event);
    if (frame === undefined) {
      const text = encode(event);
      frame = text === undefined ? null : textFrame(text);
      frames.set(event, frame);
    }
    return frame ?? undefined;
  };
}
