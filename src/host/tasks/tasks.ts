import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { update, type Ovenbird, type OvsdbClient } from '../../ovn/index.ts';
import { ConsoleSessions } from '../consoles/sessions.ts';
import type { ControlPlane } from '../control-plane.ts';
import type { Driver } from '../drivers/driver.ts';
import type { Switch } from '../ports/switch.ts';
import { answer } from './console.ts';
import { diagnose } from './diagnostics.ts';
import { cacheImage } from './image.ts';
import { setPassword } from './password.ts';
import { takeSnapshot } from './snapshot.ts';
import { carryOutSoftware } from './software.ts';

/** Questions that somebody waits for and that are older than this are not answered: nobody waits so long. In seconds. */
const OLDEST = 60;
/** Tasks that stay until they are done, however long that takes. */
const LASTING: ReadonlySet<string> = new Set(['snapshot', 'software']);

/** Answers the tasks of this host, each once, several at a time. */
export class Tasks {
  readonly #client: OvsdbClient<Ovenbird>;
  readonly #host: string;
  readonly #driver: Driver;
  readonly #controlPlane: ControlPlane;
  readonly #folder: string;
  readonly #switch: Switch | undefined;
  readonly #log: Logger;
  readonly #sessions: ConsoleSessions;
  readonly #underWay = new Set<string>();

  constructor(
    client: OvsdbClient<Ovenbird>,
    host: string,
    driver: Driver,
    controlPlane: ControlPlane,
    folder: string,
    bridge: Switch | undefined,
    log: Logger,
  ) {
    this.#sessions = new ConsoleSessions(driver, controlPlane, log);
    this.#client = client;
    this.#host = host;
    this.#driver = driver;
    this.#controlPlane = controlPlane;
    this.#folder = folder;
    this.#switch = bridge;
    this.#log = log;
  }

  /** There may be new ones. */
  look(): void {
    for (const row of this.#client.mirror.table('Task').find('host', this.#host)) {
      if (row.status.length > 0 || this.#underWay.has(row.id)) continue;
      this.#underWay.add(row.id);
      void this.#answer(row).finally(() => this.#underWay.delete(row.id));
    }
  }

  /** Ends the consoles that people look at. */
  async close(): Promise<void> {
    await this.#sessions.close();
  }

  async #answer(row: Ovenbird['Task']): Promise<void> {
    let failure: string | undefined;
    try {
      const age = Date.now() / 1000 - row.created_at;
      if (!LASTING.has(row.kind) && age > OLDEST) throw new Error(`it is ${Math.round(age)} s old`);
      const { id, kind, server_id: serverId, reply_to: replyTo } = row;
      const question = { id, kind, serverId, replyTo, arguments: row.arguments };
      if (row.kind === 'diagnostics') {
        await diagnose(question, this.#driver, this.#controlPlane, this.#switch);
      } else if (row.kind === 'image') {
        await cacheImage(question, this.#driver, this.#controlPlane);
      } else if (row.kind === 'password') {
        await setPassword(question, this.#driver, this.#controlPlane);
      } else if (row.kind === 'software') {
        await carryOutSoftware(question, this.#driver, this.#controlPlane);
      } else if (row.kind === 'snapshot') {
        await takeSnapshot(question, this.#driver, this.#controlPlane, this.#folder);
      } else if (row.kind === 'session') {
        await this.#sessions.open(question);
      } else {
        await answer(question, this.#driver, this.#controlPlane);
      }
    } catch (error) {
      failure = messageOf(error);
      this.#log.warn({ task: row.id, err: error }, 'a task failed');
    }
    await this.#client
      .transact([
        update('Task', [['id', '==', row.id]], {
          status: [failure === undefined ? 'done' : 'failed'],
          message: failure === undefined ? [] : [failure.slice(0, 1000)],
        }),
      ])
      .catch((error: unknown) => this.#log.warn({ err: error }, 'a task could not be closed'));
  }
}
