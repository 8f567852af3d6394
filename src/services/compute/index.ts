/** Compute: flavors, key pairs, servers and the hosts that run them; OpenStack's Nova API. */
import type { Readable } from 'node:stream';
import type { Service } from '../operation.ts';

export interface ComputeService extends Service {
  /**
   * All that a server may ask about itself, found by the address it asks from; undefined when no server has
   * that address in that network. The shape is `src/host/metadata/document.ts`.
   */
  metadataFor(networkId: string, address: string): Promise<MetadataDocument | undefined>;
  /**
   * A host's answer to a task of this process (`POST /host/v1/tasks/<id>/result`); the stream is read to its end.
   * False when nobody waits for it any more.
   */
  taskResult(taskId: string, stream: Readable): Promise<boolean>;
}

export type MetadataDocument = Readonly<Record<string, unknown>>;
