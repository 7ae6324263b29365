// How clients publish to channels and read from them, for each kind of server. This file: the types.
import type { Socket } from 'node:net';
import type { ChannelWire } from '../../contenders/contender.ts';

/** One way to talk to a server. */
export interface Wire {
  /** Opens a socket that has joined a channel. Everything that it reads from then on are events. */
  join(port: number, channel: string): Promise<Socket>;
  publisher(port: number): Promise<Publisher>;
  /** How many bytes arrive for an event of so many; by default those of a WebSocket frame. */
  size?(bytes: number): number;
}

/** A connection that publishes, one request after the other. */
export interface Publisher {
  /**
   * Resolves when the server has answered.
   * @param bytes payload of each frame that a subscriber gets
   * @param events more than one only where the wire has batches
   */
  publish(channel: string, bytes: number, events: number): Promise<void>;
  close(): void;
}

/** The module of each wire. */
export type Wires = Readonly<Record<ChannelWire, Wire>>;
