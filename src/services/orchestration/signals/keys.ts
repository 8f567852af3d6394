import { createHmac, timingSafeEqual } from 'node:crypto';

/** Signs addresses that whoever knows them may use. */
export interface SignalKeys {
  sign(text: string): string;
  verify(text: string, signature: string): boolean;
}

/** Signatures with a secret of this cloud (HMAC, RFC 2104, with SHA-256). */
export function signalKeys(secret: string): SignalKeys {
  const sign = (text: string) => createHmac('sha256', secret).update(text).digest('base64url');
  return {
    sign,
    verify(text, signature) {
      const [one, other] = [Buffer.from(sign(text)), Buffer.from(signature)];
      return one.length === other.length && timingSafeEqual(one, other);
    },
  };
}
