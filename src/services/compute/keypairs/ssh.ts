import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { badRequest } from '../../../core/errors.ts';

/** Kinds of public keys (RFC 4253 §6.6, RFC 5656, RFC 8709, OpenSSH's PROTOCOL.u2f). */
const KINDS = new Set([
  'ssh-rsa',
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-dss',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
]);

/** MD5 over the key's bytes as `aa:bb:…`, which Nova shows for SSH keys. */
export const fingerprintOf = (blob: Buffer): string =>
  createHash('md5').update(blob).digest('hex').match(/../g)!.join(':');

/** The strings of an SSH wire blob (RFC 4251 §5), or undefined when it is none. */
function stringsOf(blob: Buffer): Buffer[] | undefined {
  const strings: Buffer[] = [];
  let at = 0;
  while (at < blob.length) {
    if (at + 4 > blob.length) return undefined;
    const length = blob.readUInt32BE(at);
    at += 4;
    if (at + length > blob.length) return undefined;
    strings.push(blob.subarray(at, at + length));
    at += length;
  }
  return strings;
}

const invalid = (why: string) => badRequest(`Keypair data is invalid: ${why}`);

/** Reads a line of an `authorized_keys` file and gives it trimmed, with its fingerprint. */
export function readPublicKey(text: string): { line: string; fingerprint: string } {
  const line = text.trim();
  if (/[\r\n]/.test(line)) throw invalid('public_key must be one line');
  const [kind = '', encoded = ''] = line.split(/\s+/);
  if (!KINDS.has(kind))
    throw invalid(
      `public_key must begin with the kind of key, one of ${[...KINDS].slice(0, 5).join(', ')}`,
    );
  const blob = Buffer.from(encoded, 'base64');
  const canonical = blob.toString('base64').replace(/=+$/, '');
  if (blob.length === 0 || canonical !== encoded.replace(/=+$/, ''))
    throw invalid('failed to generate fingerprint: the key after its kind is not base64');
  const strings = stringsOf(blob);
  if (!strings || strings.length < 2 || strings[0]!.toString('latin1') !== kind)
    throw invalid(
      `failed to generate fingerprint: the bytes are not those of a key of kind ${kind}`,
    );
  return { line, fingerprint: fingerprintOf(blob) };
}

const text = (value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

const MAGIC = 'openssh-key-v1\0';
const BLOCK = 8;

/**
 * A new Ed25519 key: the public line, and the private key in OpenSSH's own format without passphrase
 * (PROTOCOL.key of OpenSSH), which is what clients write to a file for `ssh -i`.
 */
export function generateKey(comment: string): {
  line: string;
  fingerprint: string;
  privateKey: string;
} {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const point = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url');
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d!, 'base64url');
  const blob = Buffer.concat([text('ssh-ed25519'), text(point)]);
  const check = randomBytes(4);
  const secret = Buffer.concat([
    check,
    check,
    text('ssh-ed25519'),
    text(point),
    text(Buffer.concat([seed, point])),
    text(comment),
  ]);
  // Filled up to the block size of the (absent) cipher with 1, 2, 3, …
  const padding = Buffer.from(
    Array.from({ length: (BLOCK - (secret.length % BLOCK)) % BLOCK }, (_, index) => index + 1),
  );
  const file = Buffer.concat([
    Buffer.from(MAGIC, 'latin1'),
    text('none'),
    text('none'),
    text(''),
    Buffer.from([0, 0, 0, 1]),
    text(blob),
    text(Buffer.concat([secret, padding])),
  ]);
  const lines = file
    .toString('base64')
    .match(/.{1,70}/g)!
    .join('\n');
  return {
    line: `ssh-ed25519 ${blob.toString('base64')} ${comment}`,
    fingerprint: fingerprintOf(blob),
    privateKey: `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`,
  };
}
