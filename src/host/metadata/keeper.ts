import type { Logger } from '../../core/log.ts';
import { messageOf } from '../../core/errors.ts';
import { update, type Ovenbird, type OvsdbClient } from '../../ovn/index.ts';
import { Passes } from '../passes.ts';
import { metadataWish } from '../rows.ts';
import type { MetadataPorts } from './ports.ts';

/**
 * Keeps the metadata ports of this host as their rows say. One pass at a time; what fails is tried again, and its row
 * says why.
 */
export class MetadataKeeper {
  readonly #client: OvsdbClient<Ovenbird>;
  readonly #host: string;
  readonly #ports: MetadataPorts;
  readonly #trusted: () => boolean;
  readonly #log: Logger;
  readonly #passes = new Passes(() => this.#pass());

  constructor(
    client: OvsdbClient<Ovenbird>,
    host: string,
    ports: MetadataPorts,
    trusted: () => boolean,
    log: Logger,
  ) {
    this.#client = client;
    this.#host = host;
    this.#ports = ports;
    this.#trusted = trusted;
    this.#log = log;
  }

  /** Rows or ports may have changed. */
  look(): void {
    this.#passes.look();
  }

  /** Ends; namespaces and ports stay for the next agent. */
  async close(): Promise<void> {
    await this.#passes.close();
    await this.#ports.close();
  }

  async #pass(): Promise<boolean> {
    const rows = this.#client.mirror.table('Metadata_Port').find('host', this.#host);
    let isWell = true;
    for (const row of rows) {
      if (this.#passes.closed) return true;
      let failure: string | undefined;
      try {
        await this.#ports.up(metadataWish(row));
      } catch (error) {
        isWell = false;
        failure = messageOf(error);
        this.#log.warn({ network: row.network_id, err: error }, 'metadata cannot be served');
      }
      await this.#tell(row, failure);
    }
    try {
      const trusted = this.#trusted();
      if (trusted) await this.#ports.clean(new Set(rows.map((row) => row.network_id)));
    } catch (error) {
      isWell = false;
      this.#log.warn({ err: error }, 'left-over metadata ports could not be removed');
    }
    return isWell;
  }

  async #tell(row: Ovenbird['Metadata_Port'], failure: string | undefined): Promise<void> {
    const state = failure === undefined ? 'ready' : 'error';
    const message = failure === undefined ? [] : [failure.slice(0, 1000)];
    if (row.state[0] === state && row.message[0] === message[0]) return;
    await this.#client
      .transact([update('Metadata_Port', row._uuid, { state: [state], message })])
      .catch(() => undefined); // the row went, or the database did: looked at again then
  }
}
