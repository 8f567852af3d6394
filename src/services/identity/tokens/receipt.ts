import { METHODS, type Method } from './payload.ts';

/** What a user has proved so far when more methods are wanted; it is good for nothing but for naming the rest. */
export interface Receipt {
  readonly userId: string;
  readonly methods: readonly Method[];
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** Unlike any version of a token: no receipt is ever taken for one. */
const VERSION = 0x52;

export function packReceipt(receipt: Receipt): Buffer {
  const head = Buffer.alloc(14);
  head[0] = VERSION;
  head[1] = receipt.methods.reduce((bits, method) => bits | (1 << METHODS.indexOf(method)), 0);
  head.writeUIntBE(receipt.issuedAt.getTime(), 2, 6);
  head.writeUIntBE(receipt.expiresAt.getTime(), 8, 6);
  return Buffer.concat([head, Buffer.from(receipt.userId)]);
}

/** Reads what `packReceipt` wrote; `undefined` for anything else. */
export function unpackReceipt(bytes: Buffer): Receipt | undefined {
  if (bytes[0] !== VERSION || bytes.length < 15) return undefined;
  return {
    userId: bytes.subarray(14).toString(),
    methods: METHODS.filter((_, bit) => ((bytes[1] ?? 0) >> bit) & 1),
    issuedAt: new Date(bytes.readUIntBE(2, 6)),
    expiresAt: new Date(bytes.readUIntBE(8, 6)),
  };
}
