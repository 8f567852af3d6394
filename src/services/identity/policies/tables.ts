import type { Extra, Json } from '../tables.ts';

/** Rules that other programs keep with the identity service. */
export interface PolicyRow {
  id: string;
  /** Media type of the blob. */
  type: string;
  blob: string;
  extra: Json<Extra>;
}
