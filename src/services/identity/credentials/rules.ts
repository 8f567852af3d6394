import { badRequest } from '../../../core/errors.ts';
import type { Caller } from '../caller.ts';

/** What an EC2 credential's blob says. */
export interface Ec2Keys {
  readonly access: string;
  readonly secret: string;
  /** The trust, or the application credential, to which tokens made with the keys are limited. */
  readonly trustId?: string | undefined;
  readonly applicationCredentialId?: string | undefined;
}

/** Reads the keys of an EC2 credential; a blob without them is the caller's mistake. */
export function readEc2Keys(blob: string): Ec2Keys {
  let document: unknown;
  try {
    document = JSON.parse(blob);
  } catch {
    document = undefined;
  }
  const {
    access,
    secret,
    trust_id: trust,
    app_cred_id: credential,
  } = (document ?? {}) as Partial<Record<string, unknown>>;
  if (typeof access !== 'string' || access === '' || typeof secret !== 'string') {
    throw badRequest(
      'Invalid blob in credential: one of type ec2 is a JSON object with the strings access and secret.',
    );
  }
  return {
    access,
    secret,
    trustId: typeof trust === 'string' ? trust : undefined,
    applicationCredentialId: typeof credential === 'string' ? credential : undefined,
  };
}

/** The blob of keys, limited to the application credential with which they are made. */
export function boundBlob(blob: string, caller: Caller): string {
  if (caller.applicationCredential === undefined) return blob;
  const document = JSON.parse(blob) as object;
  return JSON.stringify({ ...document, app_cred_id: caller.applicationCredential.id });
}
