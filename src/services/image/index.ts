/** Image: templates that servers are made from, with their bytes; OpenStack's Glance API v2. */
import path from 'node:path';
import type { Readable } from 'node:stream';
import { paths, type Configuration } from '../../core/configuration.ts';
import type { Logger } from '../../core/log.ts';
import type { Database } from '../../database/database.ts';
import type { Caller } from '../identity/caller.ts';
import type { Service } from '../operation.ts';
import type { ImageContext } from './context.ts';
import { fileOperations } from './files/api.ts';
import { Garbage } from './files/garbage.ts';
import { Hashing } from './files/hashes.ts';
import { amountOf, Uploads } from './files/upload.ts';
import { Quota, type ProjectLimits } from './files/quota.ts';
import { targetOf } from './images/access.ts';
import { actionOperations } from './images/actions.ts';
import { createImage, imageOperations } from './images/api.ts';
import { ImageModel } from './images/model.ts';
import { summarize, type ImageSummary } from './images/summary.ts';
import { tagOperations } from './images/tags.ts';
import { AddressFilter } from './imports/addresses.ts';
import { importOperations } from './imports/api.ts';
import { Importer } from './imports/importer.ts';
import { infoOperations } from './info/api.ts';
import { memberOperations } from './members/api.ts';
import { MemberModel } from './members/model.ts';
import { definitionOperations } from './metadefs/definitions.ts';
import { MetadefModel } from './metadefs/model.ts';
import { namespaceOperations } from './metadefs/namespaces.ts';
import { resourceTypeOperations } from './metadefs/resource-types.ts';
import { imageOptions, type ImageOptions } from './options.ts';
import { policy } from './policy.ts';
import { PropertyProtections } from './properties/protections.ts';
import { schemaOperations } from './schemas/api.ts';
import { fileStore } from './stores/file.ts';
import { openStores } from './stores/open.ts';
import { Stores } from './stores/stores.ts';
import { taskOperations } from './tasks/api.ts';
import { TaskModel } from './tasks/model.ts';
import { WITH_DATA, type ContainerFormat, type DiskFormat } from './tables.ts';

export type { ImageSummary } from './images/summary.ts';
export { imageSchema } from './migrations.ts';
export { imageOptions, type ImageOptions } from './options.ts';

/** What another service makes an image of. */
export interface ImageDraft {
  readonly name: string;
  readonly containerFormat: ContainerFormat;
  readonly diskFormat: DiskFormat;
  /** GiB. */
  readonly minDisk: number;
  readonly properties: Readonly<Record<string, string>>;
}

export interface ImageService extends Service {
  /** The image when the caller may see it; undefined when there is none or it is another project's. */
  getImage(database: Database, caller: Caller, id: string): Promise<ImageSummary | undefined>;
  /** Images by id whoever owns them, for showing what servers were made from; those that are gone are missing. */
  imagesById(database: Database, ids: readonly string[]): Promise<Map<string, ImageSummary>>;
  /** Makes a private image of the caller's project that waits for its data. Fails as the API does. */
  createImage(caller: Caller, image: ImageDraft): Promise<ImageSummary>;
  /**
   * Takes in the data of an image that waits for it, from a host. False when no image waits: somebody else is bringing
   * its data, or has, or it was deleted.
   */
  receiveFile(id: string, stream: Readable, announced: string | undefined): Promise<boolean>;
  /** Images that somebody owns and that have all these properties, the oldest first. */
  imagesWith(
    database: Database,
    owner: string,
    properties: Readonly<Record<string, string>>,
  ): Promise<ImageSummary[]>;
  /** Takes away an image with its data; one that is protected stays, one that is gone is no error. */
  removeImage(id: string): Promise<void>;
  /** Takes away an image that never got its data; one that has it stays. */
  discardImage(id: string): Promise<void>;
  /** The bytes of an image, for hosts; undefined when there is none with data. */
  openFile(id: string): Promise<{ stream: Readable; size: number } | undefined>;
}

export interface ImageDependencies {
  readonly database: Database;
  readonly configuration: Configuration;
  readonly log: Logger;
  /** Default: those of nothing said. */
  readonly options?: ImageOptions;
  /** Limits of single projects, before those of the options. */
  readonly projectLimits?: ProjectLimits;
}

/** Fails with a sentence when an option is wrong. */
export function createImageService(dependencies: ImageDependencies): ImageService {
  const { database, configuration, log, options = imageOptions() } = dependencies;
  const folder = paths(configuration.home).images;
  const images = new ImageModel(database);
  const hashing = new Hashing(options.hashing_algorithm);
  const context: ImageContext = {
    database,
    images,
    members: new MemberModel(database),
    tasks: new TaskModel(database),
    stores: new Stores(openStores(options, folder), log),
    staging: fileStore('staging', path.join(folder, 'staging'), 'Data that waits for its import'),
    quota: new Quota(images, options, dependencies.projectLimits),
    protections: new PropertyProtections(options.property_protections),
    options,
    receiving: {
      hashing,
      virtualSize: options.image_virtual_size_cap,
      vmdkTypes: options.vmdk_allowed_types,
    },
    log,
  };
  const filter = new AddressFilter(options.import_filtering_opts);
  const importer = new Importer(context, filter);
  const garbage = new Garbage(context);
  const metadefs = new MetadefModel(database);
  const uploads = new Uploads(context);

  return {
    name: 'image',
    operations: [
      ...imageOperations(context),
      ...tagOperations(context),
      ...actionOperations(context),
      ...fileOperations(context),
      ...importOperations(context, importer, filter),
      ...taskOperations(context),
      ...memberOperations(context),
      ...infoOperations(context),
      ...namespaceOperations(metadefs),
      ...definitionOperations(metadefs),
      ...resourceTypeOperations(metadefs),
      ...schemaOperations(),
    ],
    async start() {
      await garbage.begin();
      await importer.start();
    },
    async stop() {
      garbage.end();
      await importer.stop();
      await hashing.close();
      context.stores.close();
    },
    async getImage(connection, caller, id) {
      const row = await new ImageModel(connection).find(id);
      if (row === undefined) return undefined;
      const target = await targetOf(new MemberModel(connection), caller, row);
      return policy.allows('get_image', caller, target) ? summarize(row) : undefined;
    },
    async createImage(caller, { name, containerFormat, diskFormat, minDisk, properties }) {
      const given = {
        ...properties,
        name,
        visibility: 'private',
        min_disk: minDisk,
        container_format: containerFormat,
        disk_format: diskFormat,
      };
      return summarize(await createImage(context, caller, given));
    },
    async receiveFile(id, stream, announced) {
      const row = await images.find(id);
      if (row === undefined) return false;
      const amount = amountOf(announced, await context.quota.room(row.owner, 'image_size_total'));
      if (!(await uploads.begin(id, 'saving'))) return false;
      await uploads.save(row, stream, amount, context.stores.initial);
      return true;
    },
    async discardImage(id) {
      const row = await images.find(id);
      if (row?.status === 'queued') await images.delete(id);
    },
    async imagesWith(connection, owner, properties) {
      return (await new ImageModel(connection).findWith(owner, properties)).map(summarize);
    },
    async removeImage(id) {
      if (await images.delete(id)) await context.stores.remove(id);
    },
    async imagesById(connection, ids) {
      const rows = await new ImageModel(connection).findAll(ids);
      return new Map(rows.map((row) => [row.id, summarize(row)]));
    },
    async openFile(id) {
      const row = await images.find(id);
      if (row === undefined || row.size === null || !WITH_DATA.includes(row.status))
        return undefined;
      return { stream: await context.stores.read(row), size: row.size };
    },
  };
}
