import type { Readable } from 'node:stream';
import { Fault, conflict } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import type { Logger } from '../../../core/log.ts';
import { remove, type Ovenbird, type OvsdbClient } from '../../../ovn/index.ts';
import type { HostDirectory } from '../hosts/directory.ts';
import { whileAsked } from '../hosts/task.ts';
import type { Server } from '../servers/model.ts';

/** How long a host may take to answer, in milliseconds. */
const ANSWER_WITHIN = 10_000;
/** Nova gives no more than this from the end. */
const MOST_BYTES = 102_400;
/** Largest answer that is read. */
const ANSWER_LIMIT = 1024 * 1024;
/** Tasks of processes that have died; hosts answer none older than a minute. */
const LEFTOVER_SECONDS = 120;

/** Asks hosts what servers have written, and what else they know of them. */
export interface ConsoleReader {
  /** The last lines (all of the last 100 KiB when undefined); 409 before the server is on a host. */
  read(server: Server, lines: number | undefined): Promise<string>;
  /** Puts a question of this kind to the server's host and gives its answer; 409 when it cannot, with its words. */
  ask(
    server: Server,
    kind: 'console' | 'diagnostics' | 'password',
    questions: Readonly<Record<string, string>>,
  ): Promise<string>;
  /** A host's answer; false when nobody waits for it. */
  answer(taskId: string, stream: Readable, mediaType?: string): Promise<boolean>;
  /** Removes questions that nobody waits for any more. */
  tidy(): Promise<void>;
}

interface Waiting {
  resolve(output: string): void;
  reject(error: Error): void;
}

export function createConsoleReader(dependencies: {
  ovenbird: OvsdbClient<Ovenbird>;
  hosts: Pick<HostDirectory, 'live'>;
  log: Logger;
  /** Default 10,000. */
  timeoutMilliseconds?: number;
}): ConsoleReader {
  const { ovenbird, hosts, log } = dependencies;
  const timeout = dependencies.timeoutMilliseconds ?? ANSWER_WITHIN;
  const waiting = new Map<string, Waiting>();
  const tasks = ovenbird.mirror.table('Task');

  /** A host that cannot answer says why in its row. */
  ovenbird.mirror.watch(
    (changes) => {
      for (const { after } of changes)
        if (after?.status[0] === 'failed')
          waiting
            .get(after.id)
            ?.reject(
              new Fault(
                'conflict',
                `The host cannot answer: ${after.message[0] ?? 'it does not say why'}`,
              ),
            );
    },
    ['Task'],
  );

  return {
    async read(server, lines) {
      if (lines === 0) return '';
      const output = await this.ask(server, 'console', {
        bytes: String(MOST_BYTES),
        ...(lines === undefined ? {} : { lines: String(lines) }),
      });
      return printable(output);
    },
    async ask(server, kind, questions) {
      if (server.host === null || hosts.live(server.host) === undefined)
        throw conflict(`Instance ${server.id} is not ready: it is on no host that can be asked.`);
      const id = newUuid();
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      waiting.set(id, { resolve, reject });
      const timer = setTimeout(
        () =>
          reject(
            new Fault(
              'unavailable',
              `Host ${server.host} did not answer within ${timeout / 1000} s.`,
            ),
          ),
        timeout,
      );
      // The question may fail before anybody waits for the answer.
      promise.catch(() => undefined);
      try {
        return await whileAsked(
          { ovenbird, log },
          {
            id,
            host: server.host,
            serverId: server.id,
            kind,
            arguments: questions,
            replyTo: `/host/v1/tasks/${id}/result`,
          },
          promise,
        );
      } finally {
        clearTimeout(timer);
        waiting.delete(id);
      }
    },
    async answer(taskId, stream, mediaType) {
      const waiter = waiting.get(taskId);
      if (!waiter) {
        stream.resume();
        return false;
      }
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > ANSWER_LIMIT)
          throw new Fault('tooLarge', `An answer has at most ${ANSWER_LIMIT} bytes.`);
        chunks.push(chunk);
      }
      const text = Buffer.concat(chunks).toString('utf8');
      if (mediaType?.startsWith('application/json'))
        waiter.reject(new Fault('conflict', `The host cannot answer: ${reasonIn(text)}`));
      else waiter.resolve(text);
      return true;
    },
    async tidy() {
      const before = Date.now() / 1000 - LEFTOVER_SECONDS;
      const old = tasks.filter(
        (task) =>
          !['snapshot', 'software'].includes(task.kind) &&
          task.created_at < before &&
          !waiting.has(task.id),
      );
      if (old.length > 0) await ovenbird.transact(old.map((task) => remove('Task', task._uuid)));
    },
  };
}

function reasonIn(text: string): string {
  try {
    return String((JSON.parse(text) as { message?: unknown }).message ?? text);
  } catch {
    return text.slice(0, 500);
  }
}

/** Control characters that stay: tab, line feed, carriage return, and escape for colours. */
const KEPT = new Set(['\t', '\n', '\r', '\u{1b}']);

/** Without what terminals of clients do not like. */
const printable = (text: string): string =>
  text
    .replaceAll(/\p{Cc}/gu, (character) => (KEPT.has(character) ? character : ''))
    .replaceAll('\r\n', '\n');
