import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Framer } from './framer.ts';

const LIMIT = 1 << 20;
/** Objects full of what a framer could stumble over. */
const awkward = fc.string({
  unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ' ', '\n', 'a', 'é', '😀', '\u2028', '\0'),
});
const messages = fc.array(
  fc.dictionary(awkward, fc.oneof(awkward, fc.jsonValue(), fc.array(awkward)), { maxKeys: 4 }),
  { minLength: 1, maxLength: 4 },
);
const parsed = (values: unknown): unknown => JSON.parse(JSON.stringify(values));

describe('framer', () => {
  it('finds the same messages wherever the stream is cut', () => {
    fc.assert(
      fc.property(messages, fc.constantFrom('', ' ', '\n\r\t'), (sent, gap) => {
        const stream = Buffer.from(sent.map((message) => JSON.stringify(message)).join(gap));
        for (let cut = 0; cut <= stream.length; cut++) {
          const framer = new Framer(LIMIT);
          const got = [
            ...framer.push(stream.subarray(0, cut)),
            ...framer.push(stream.subarray(cut)),
          ];
          assert.deepEqual(got, parsed(sent));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('finds them when every byte comes alone', () => {
    fc.assert(
      fc.property(messages, (sent) => {
        const framer = new Framer(LIMIT);
        const stream = Buffer.from(sent.map((message) => JSON.stringify(message)).join(''));
        const got = Array.from(stream, (_, i) => framer.push(stream.subarray(i, i + 1))).flat();
        assert.deepEqual(got, parsed(sent));
      }),
      { numRuns: 100 },
    );
  });

  it('gives each message with the chunk that ends it', () => {
    const framer = new Framer(LIMIT);
    assert.deepEqual(framer.push(Buffer.from('{"a":1}{"b"')), [{ a: 1 }]);
    assert.deepEqual(framer.push(Buffer.from(':{"c":"}"}} ')), [{ b: { c: '}' } }]);
  });

  it('refuses what cannot be a message', () => {
    const refused = (text: string, limit = LIMIT) =>
      assert.throws(() => new Framer(limit).push(Buffer.from(text)), { error: 'bad message' });
    refused('HTTP/1.1 400 Bad Request');
    refused('{"a" 1}');
    refused('{}]');
    refused(`{"a":"${'x'.repeat(100)}"}`, 64);
    refused(`{"a":"${'x'.repeat(100)}`, 64);
  });
});
