import type { Duplex } from 'node:stream';

/** Longest payload of a frame, in bytes; a sender cuts what is longer. */
const LONGEST = 2 ** 16;
/** A type (one byte) and the payload's length (32 bits, big endian). */
const HEADER = 5;

/** Who is told what comes through. */
export interface FrameListener {
  frame(type: number, payload: Buffer): void;
  /** What `send` called full has been taken. */
  drain?(): void;
  /** Once: the other side has gone, or what came was no frame. */
  closed(): void;
}

/**
 * Frames of a type and some bytes over a connection, both ways: what a session between two processes needs when bytes
 * alone do not say everything. Who cannot take more pauses, and the kernel's buffers make the sender wait.
 */
export class FrameChannel {
  readonly #connection: Duplex;
  readonly #listener: FrameListener;
  #rest: Buffer = Buffer.alloc(0);
  #isPaused = false;
  #isClosed = false;

  /** @param first bytes that came before the connection was handed over */
  constructor(connection: Duplex, first: Buffer, listener: FrameListener) {
    this.#connection = connection;
    this.#listener = listener;
    connection.on('data', (chunk: Buffer) => this.#read(chunk));
    connection.on('drain', () => listener.drain?.());
    connection.on('end', () => this.close());
    connection.on('error', () => this.close());
    connection.on('close', () => this.close());
    if (first.length > 0) setImmediate(() => this.#read(first));
  }

  /** Sends; false when the other side is slower than that: wait for `drain`. */
  send(type: number, payload: Buffer): boolean {
    if (this.#isClosed) return true;
    let isTaken = true;
    for (let at = 0; at === 0 || at < payload.length; at += LONGEST) {
      const part = payload.subarray(at, at + LONGEST);
      const header = Buffer.alloc(HEADER);
      header[0] = type;
      header.writeUInt32BE(part.length, 1);
      this.#connection.write(header);
      isTaken = this.#connection.write(part);
    }
    return isTaken;
  }

  pause(): void {
    this.#isPaused = true;
    this.#connection.pause();
  }

  resume(): void {
    if (!this.#isPaused || this.#isClosed) return;
    this.#isPaused = false;
    if (this.#rest.length > 0) this.#read(Buffer.alloc(0));
    if (!this.#isPaused) this.#connection.resume();
  }

  /** Sends a last frame and ends the connection once it is written. */
  end(type: number, payload: Buffer): void {
    if (this.#isClosed) return;
    this.send(type, payload);
    this.#connection.end();
    // Whoever does not read the end does not keep the connection.
    setTimeout(() => this.close(), 1_000).unref();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection.destroy();
    this.#listener.closed();
  }

  #read(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (!this.#isClosed && !this.#isPaused && this.#rest.length >= HEADER) {
      const length = this.#rest.readUInt32BE(1);
      if (length > LONGEST) return this.close();
      if (this.#rest.length < HEADER + length) return;
      const type = this.#rest[0]!;
      const payload = this.#rest.subarray(HEADER, HEADER + length);
      this.#rest = this.#rest.subarray(HEADER + length);
      this.#listener.frame(type, payload);
    }
  }
}
