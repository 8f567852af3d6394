import { badRequest } from '../../../core/errors.ts';

/** What an EC2 credential's blob says. */
export interface Ec2Keys {
  readonly access: string;
  readonly secret: string;
}

/** Reads the keys of an EC2 credential; a blob without them is the caller's mistake. */
export function readEc2Keys(blob: string): Ec2Keys {
  let document: unknown;
  try {
    document = JSON.parse(blob);
  } catch {
    document = undefined;
  }
  const { access, secret } = (document ?? {}) as Partial<Record<string, unknown>>;
  if (typeof access !== 'string' || access === '' || typeof secret !== 'string') {
    throw badRequest(
      'Invalid blob in credential: one of type ec2 is a JSON object with the strings access and secret.',
    );
  }
  return { access, secret };
}
