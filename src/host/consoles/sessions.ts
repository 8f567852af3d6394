import {
  CONSOLE_FRAMES,
  DEFAULT_SIZE,
  parseSize,
  type ConsoleSize,
} from '../../core/console-session.ts';
import { messageOf } from '../../core/errors.ts';
import { FrameChannel } from '../../core/frames.ts';
import type { Logger } from '../../core/log.ts';
import type { ControlPlane } from '../control-plane.ts';
import type { ConsoleKind, Driver, OpenConsole } from '../drivers/driver.ts';
import { definite } from '../fault.ts';
import type { Question } from '../tasks/console.ts';

/** A host serves no more consoles at once: each is a process and some buffers. */
const MOST = 100;

/**
 * People at consoles of this host's servers. Each is a connection to the control plane, which asked for it by a task, on
 * one side and a console of the driver's on the other; when either ends, so does the other.
 */
export class ConsoleSessions {
  readonly #driver: Driver;
  readonly #controlPlane: Pick<ControlPlane, 'join'>;
  readonly #log: Logger;
  readonly #ends = new Set<() => Promise<void>>();
  #opening = 0;

  constructor(driver: Driver, controlPlane: Pick<ControlPlane, 'join'>, log: Logger) {
    this.#driver = driver;
    this.#controlPlane = controlPlane;
    this.#log = log;
  }

  /** How many there are. */
  get size(): number {
    return this.#ends.size;
  }

  /** Opens the console that a task asks for; resolves when somebody can type. Rejects with the reason if nobody can. */
  async open(question: Omit<Question, 'kind'>): Promise<void> {
    const kind = question.arguments['console'];
    if (kind !== 'terminal' && kind !== 'display') throw definite(`there is no console "${kind}"`);
    if (this.#driver.openConsole === undefined || !this.#driver.capabilities[kind]) {
      throw definite(`the driver ${this.#driver.name} of this host has no ${kind}`);
    }
    if (this.#ends.size + this.#opening >= MOST) {
      throw definite(`${MOST} consoles are open on this host; that is the most`);
    }
    this.#opening++;
    try {
      await this.#open(question, kind);
    } finally {
      this.#opening--;
    }
  }

  async #open({ serverId, arguments: given, replyTo }: Omit<Question, 'kind'>, kind: ConsoleKind) {
    const size: ConsoleSize = parseSize(given['size'] ?? '') ?? DEFAULT_SIZE;
    const console = await this.#driver.openConsole!(serverId, kind, size);
    // What is joined below listens; before that an end must not be an uncaught error.
    console.stream.on('error', () => undefined);
    try {
      const { connection, first } = await this.#controlPlane.join(replyTo);
      this.#carry(console, (listener) => new FrameChannel(connection, first, listener), serverId);
    } catch (error) {
      await console.close();
      throw error;
    }
  }

  /** Ends all of them, and what was started for them. */
  async close(): Promise<void> {
    await Promise.all([...this.#ends].map((end) => end()));
  }

  #carry(
    console: OpenConsole,
    channelFor: (listener: ConstructorParameters<typeof FrameChannel>[2]) => FrameChannel,
    serverId: string,
  ): void {
    const { stream } = console;
    let isOver = false;
    let hasEnded = false;
    const end = async () => {
      if (isOver) return;
      isOver = true;
      channel.close();
      await console
        .close()
        .catch((error: unknown) =>
          this.#log.warn({ err: error, server: serverId }, 'a console may not have ended'),
        );
      this.#ends.delete(end);
      this.#log.info({ server: serverId }, 'a console was closed');
    };
    const ended = async () => {
      if (isOver || hasEnded) return;
      hasEnded = true;
      const words = await console.ending().catch(messageOf);
      channel.end(CONSOLE_FRAMES.end, Buffer.from(words));
      // Processes that the terminal had may be there still.
      await console.close().catch(() => undefined);
    };
    const channel = channelFor({
      frame: (type, payload) => {
        if (type === CONSOLE_FRAMES.data) {
          if (!stream.write(payload)) channel.pause();
        } else if (type === CONSOLE_FRAMES.size) {
          const size = parseSize(payload.toString('utf8'));
          if (size !== undefined) console.resize?.(size).catch(() => undefined);
        }
      },
      drain: () => stream.resume(),
      closed: () => void end(),
    });
    this.#ends.add(end);
    this.#log.info({ server: serverId }, 'a console was opened');
    stream.on('drain', () => channel.resume());
    stream.on('end', () => void ended());
    stream.on('close', () => void ended());
    if (console.before !== undefined && console.before.length > 0) {
      channel.send(CONSOLE_FRAMES.data, console.before);
    }
    stream.on('data', (chunk: Buffer) => {
      if (!channel.send(CONSOLE_FRAMES.data, chunk)) stream.pause();
    });
  }
}
