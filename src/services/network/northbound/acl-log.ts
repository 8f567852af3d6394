import { createHash } from 'node:crypto';

/** The columns of an ACL that writes to no log. */
export const NOT_LOGGED = {
  log: false,
  name: [],
  severity: [],
  meter: [],
  label: 0,
  options: {},
} as const;

/** A number by which a connection is marked with the ACL that let it in: any but 0, always the same for the same text. */
export const labelOf = (text: string): number =>
  createHash('sha256').update(text).digest().readUInt32BE() || 1;
