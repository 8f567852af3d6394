/** Image: templates that servers are made from, with their bytes; OpenStack's Glance API v2. */
import type { Readable } from 'node:stream';
import { paths, type Configuration } from '../../core/configuration.ts';
import type { Logger } from '../../core/log.ts';
import type { Database } from '../../database/database.ts';
import type { Caller } from '../identity/caller.ts';
import type { Service } from '../operation.ts';
import { fileOperations } from './files/api.ts';
import { openStore } from './files/store.ts';
import { imageOperations } from './images/api.ts';
import { ImageModel } from './images/model.ts';
import { isVisible } from './images/rules.ts';
import { summarize, type ImageSummary } from './images/summary.ts';
import { memberOperations } from './members/api.ts';
import { MemberModel } from './members/model.ts';
import { schemaOperations } from './schemas/api.ts';

export type { ImageSummary } from './images/summary.ts';
export { imageSchema } from './migrations.ts';

export interface ImageService extends Service {
  /** The image when the caller may see it; undefined when there is none or it is another project's. */
  getImage(database: Database, caller: Caller, id: string): Promise<ImageSummary | undefined>;
  /** Images by id whoever owns them, for showing what servers were made from; those that are gone are missing. */
  imagesById(database: Database, ids: readonly string[]): Promise<Map<string, ImageSummary>>;
  /** The bytes of an image, for hosts; undefined when there is none with data. */
  openFile(id: string): Promise<{ stream: Readable; size: number } | undefined>;
}

export interface ImageDependencies {
  readonly database: Database;
  readonly configuration: Configuration;
  readonly log: Logger;
  /** Largest image in bytes; default 20 GiB. */
  readonly sizeLimit?: number;
}

export function createImageService(dependencies: ImageDependencies): ImageService {
  const { database, configuration, log } = dependencies;
  const sizeLimit = dependencies.sizeLimit ?? 20 * 1024 ** 3;
  const store = openStore(paths(configuration.home).images);
  const images = new ImageModel(database);
  const members = new MemberModel(database);

  return {
    name: 'image',
    operations: [
      ...imageOperations({ images, members, store }),
      ...fileOperations({ images, members, store, sizeLimit, log }),
      ...memberOperations({ images, members }),
      ...schemaOperations(),
    ],
    async start() {
      // A crash in the middle of an upload: the row says saving and nobody is.
      const interrupted = await images.requeueInterrupted();
      const removed = await store.sweep(await images.idsWithData());
      if (interrupted + removed > 0)
        log.warn({ interrupted, removed }, 'cleaned up after interrupted uploads');
    },
    async getImage(connection, caller, id) {
      const row = await new ImageModel(connection).find(id);
      if (row === undefined) return undefined;
      const shared = await new MemberModel(connection).isMember(id, caller.projectId);
      return isVisible(row, caller, shared) ? summarize(row) : undefined;
    },
    async imagesById(connection, ids) {
      const rows = await new ImageModel(connection).findAll(ids);
      return new Map(rows.map((row) => [row.id, summarize(row)]));
    },
    async openFile(id) {
      const row = await images.find(id);
      if (
        row === undefined ||
        row.size === null ||
        row.status === 'queued' ||
        row.status === 'saving'
      )
        return undefined;
      return { stream: store.read(id), size: row.size };
    },
  };
}
