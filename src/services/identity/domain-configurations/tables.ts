import type { Json } from '../tables.ts';

/** An option of a domain, as `PUT /v3/domains/{id}/config` has it. */
export interface DomainOptionRow {
  domain_id: string;
  /** Section: `identity` or `ldap`. */
  group: string;
  option: string;
  /** Null for a secret, which is in `sealed_value`. */
  value: Json<unknown>;
  /** Fernet token of a secret's JSON, as of a credential's blob. */
  sealed_value: string | null;
}
