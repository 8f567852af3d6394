import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A request to EC2's API as a service hands it over to be checked. */
export interface SignedRequest {
  readonly verb: string;
  readonly host: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body in hexadecimal digits. */
  readonly bodyHash: string;
}

const hmac = (key: string | Buffer, text: string | Buffer): Buffer =>
  createHmac('sha256', key).update(text).digest();
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** RFC 3986: all but letters, digits and `-_.~`. */
const escape = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const canonicalQuery = (params: Readonly<Record<string, string>>): string =>
  Object.keys(params)
    .filter((name) => name !== 'Signature' && name !== 'X-Amz-Signature')
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((name) => `${escape(name)}=${escape(params[name]!)}`)
    .join('&');

/** https://docs.aws.amazon.com/general/latest/gr/signature-version-2.html */
function signatureTwo(secret: string, { verb, host, path, params }: SignedRequest): string {
  const query = canonicalQuery({ ...params, SignatureMethod: 'HmacSHA256' });
  return hmac(secret, `${verb}\n${host}\n${path}\n${query}`).toString('base64');
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** The key of a day, a region and a service: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
const signingKey = (secret: string, scope: readonly string[]): Buffer =>
  scope.reduce<string | Buffer>((key, part) => hmac(key, part), `AWS4${secret}`) as Buffer;

/** Version 4, in the header Authorization or in the query; `undefined` when a part is missing. */
function signatureFour(secret: string, request: SignedRequest): string | undefined {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase().trim(), value]),
  );
  const authorization = headers['authorization'];
  const part = (name: string): string | undefined =>
    authorization === undefined
      ? request.params[`X-Amz-${name}`]
      : new RegExp(`${name}=([^,\\s]+)`).exec(authorization)?.[1];
  const credential = part('Credential')?.split('/').slice(1);
  const signedHeaders = part('SignedHeaders');
  const date = headers['x-amz-date'] ?? request.params['X-Amz-Date'];
  if (credential?.length !== 4 || signedHeaders === undefined) return undefined;
  if (date === undefined || !date.startsWith(credential[0]!)) return undefined;
  const names = signedHeaders.split(';').filter((name) => headers[name] !== undefined);
  const host = (name: string) => (name === 'host' ? request.host : headers[name]!.trim());
  const canonical = [
    request.verb.toUpperCase(),
    request.path,
    // A form's parameters are its body.
    request.verb.toUpperCase() === 'POST' ? '' : canonicalQuery(request.params),
    `${names.map((name) => `${name}:${host(name)}`).join('\n')}\n`,
    signedHeaders,
    request.bodyHash,
  ].join('\n');
  const text = [ALGORITHM, date, credential.join('/'), hash(canonical)].join('\n');
  return hmac(signingKey(secret, credential), text).toString('hex');
}

const isFour = ({ params, headers }: SignedRequest): boolean =>
  params['X-Amz-Algorithm'] === ALGORITHM ||
  Object.entries(headers).some(
    ([name, value]) => name.toLowerCase() === 'authorization' && value.startsWith(ALGORITHM),
  );

/** The signature of a request; `undefined` when it is of no version that is safe: 0 and 1 are not. */
export function signatureOf(secret: string, request: SignedRequest): string | undefined {
  if (request.params['SignatureVersion'] === '2') return signatureTwo(secret, request);
  return isFour(request) ? signatureFour(secret, request) : undefined;
}

/** Compares in a time that tells nothing but the lengths. */
export function sameSignature(given: string, right: string | undefined): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(right ?? '')];
  return right !== undefined && a.length === b.length && timingSafeEqual(a, b);
}

/** Whether the signature is the request's; clients may leave the port out of the host that they sign. */
export function signatureFits(secret: string, request: SignedRequest, given: string): boolean {
  if (sameSignature(given, signatureOf(secret, request))) return true;
  const bare = request.host.replace(/:\d+$/, '');
  return sameSignature(given, signatureOf(secret, { ...request, host: bare }));
}

/** Services for which S3's way to sign a text is taken. */
const S3_SERVICES = ['s3', 'iam', 'sts'];

/** Whether the signature is that of a text which an S3 server made of a request. */
export function textSignatureFits(secret: string, text: Buffer, given: string): boolean {
  if (!text.subarray(0, 4).equals(Buffer.from('AWS4'))) {
    return sameSignature(given, createHmac('sha1', secret).update(text).digest('base64'));
  }
  const [algorithm, , scope = '', , ...more] = text.toString().split('\n');
  const parts = scope.split('/');
  if (algorithm !== ALGORITHM || more.length > 0 || parts.length !== 4) return false;
  if (parts[3] !== 'aws4_request' || !S3_SERVICES.includes(parts[2]!)) return false;
  return sameSignature(given, hmac(signingKey(secret, parts), text).toString('hex'));
}

/** When a request was signed, as it says itself. */
export function signedAt({ params, headers }: SignedRequest): string | undefined {
  const date = Object.entries(headers).find(([name]) => name.toLowerCase() === 'x-amz-date')?.[1];
  return params['Timestamp'] ?? date ?? params['X-Amz-Date'];
}
