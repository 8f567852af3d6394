import { Fault } from '../../../core/errors.ts';
import type { ImageModel } from '../images/model.ts';
import type { Usage } from '../images/usage.ts';
import type { ImageOptions } from '../options.ts';

const MIB = 1024 * 1024;

/** What is counted of a project, with what it may have: the names are those of Glance's registered limits. */
export const QUOTAS = [
  'image_size_total',
  'image_stage_total',
  'image_count_total',
  'image_count_uploading',
] as const;
export type QuotaName = (typeof QUOTAS)[number];

/** Used amounts in the quotas' own units: MiB, begun ones counted, or images. */
export const amounts = (usage: Usage): Record<QuotaName, number> => ({
  image_size_total: Math.ceil(usage.storedBytes / MIB),
  image_stage_total: Math.ceil(usage.stagedBytes / MIB),
  image_count_total: usage.images,
  image_count_uploading: usage.uploading,
});

export const overQuota = (name: QuotaName, used: number, limit: number): Fault =>
  new Fault(
    'tooLarge',
    `The project's quota ${name} is used up (${used} of ${limit}): delete images, or have an administrator raise it.`,
  );

/** A project's own limit, where somebody set one (identity's unified limits). */
export type ProjectLimits = (project: string, name: QuotaName) => Promise<number | undefined>;

/** Space accounting of projects. */
export class Quota {
  private readonly images: ImageModel;
  private readonly options: ImageOptions;
  private readonly projectLimits: ProjectLimits;

  constructor(
    images: ImageModel,
    options: ImageOptions,
    projectLimits: ProjectLimits = async () => undefined,
  ) {
    this.images = images;
    this.options = options;
    this.projectLimits = projectLimits;
  }

  /** What a project may have in the quota's unit; undefined: any amount. */
  async limit(owner: string | null, name: QuotaName): Promise<number | undefined> {
    if (owner === null) return undefined;
    const limit = (await this.projectLimits(owner, name)) ?? this.options[name];
    return limit < 0 ? undefined : limit;
  }

  /**
   * Bytes that more data of a project may have at most: what is left of the quota, and what one image may have.
   * Fails with 413 when nothing is left, or when as many images get their data as may at once. An image that gets
   * its data already (`counted`) is not in its own way.
   */
  async room(
    owner: string | null,
    total: 'image_size_total' | 'image_stage_total',
    counted = false,
  ): Promise<number> {
    const cap = this.options.image_size_cap;
    const limit = await this.limit(owner, total);
    const uploads = counted ? undefined : await this.limit(owner, 'image_count_uploading');
    if (owner === null || (limit === undefined && uploads === undefined)) return cap;
    const usage = await this.images.usage(owner);
    const used = amounts(usage);
    if (uploads !== undefined && used.image_count_uploading >= uploads)
      throw overQuota('image_count_uploading', used.image_count_uploading, uploads);
    if (limit === undefined) return cap;
    const bytes = total === 'image_size_total' ? usage.storedBytes : usage.stagedBytes;
    if (bytes >= limit * MIB) throw overQuota(total, used[total], limit);
    return Math.min(cap, limit * MIB - bytes);
  }

  /** What a project uses and may use; -1: any amount. */
  async show(owner: string): Promise<Record<QuotaName, { usage: number; limit: number }>> {
    const used = amounts(await this.images.usage(owner));
    const entries = await Promise.all(
      QUOTAS.map(async (name) => [
        name,
        { usage: used[name], limit: (await this.limit(owner, name)) ?? -1 },
      ]),
    );
    return Object.fromEntries(entries) as Record<QuotaName, { usage: number; limit: number }>;
  }
}
