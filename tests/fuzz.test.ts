import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { described, judge } from './support/fuzz/answer.ts';
import { populate } from './support/fuzz/population.ts';
import { requestOf } from './support/fuzz/request.ts';
import { startFuzzRoom, type FuzzRoom } from './support/fuzz/room.ts';
import { Dice } from './support/fuzz/values.ts';

/*
 * Nonsense for every operation of every service: the answer is never a 5xx, always comes, and is in the words of the
 * service. OVENBIRD_FUZZ_SEED draws other requests (the seed is printed), OVENBIRD_FUZZ_ROUNDS draws more: a round
 * sends each operation OVENBIRD_FUZZ_REQUESTS requests, about resources of its own. OVENBIRD_FUZZ_ONLY=network.get_
 * asks only the operations whose name has that in it.
 */
const SEED = Number(process.env['OVENBIRD_FUZZ_SEED'] ?? 20_261_121);
const ROUNDS = Number(process.env['OVENBIRD_FUZZ_ROUNDS'] ?? 2);
const PER_ROUND = Number(process.env['OVENBIRD_FUZZ_REQUESTS'] ?? 5);

const ONLY = process.env['OVENBIRD_FUZZ_ONLY'] ?? '';

let room: FuzzRoom;
before(async () => {
  room = await startFuzzRoom();
});
after(() => room.stop());

test(`nonsense gets an answer in the service's words (seed ${SEED})`, async (t) => {
  const complaints = new Map<string, string>();
  const slowest = new Map<string, number>();
  let [sent, good] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const population = await populate(room);
    const operations = room.services.flatMap((service) =>
      service.operations
        .map((operation) => ({ service, operation }))
        .filter(({ operation }) => `${service.name}.${operation.name}`.includes(ONLY)),
    );
    // Reads first and deletions last, or there is soon nothing to ask about.
    const rank = { GET: 0, HEAD: 0, POST: 1, PUT: 1, PATCH: 1, DELETE: 2 };
    operations.sort((a, b) => rank[a.operation.method] - rank[b.operation.method]);
    for (const [index, { service, operation }] of operations.entries()) {
      for (let time = 0; time < PER_ROUND; time++) {
        const dice = new Dice(SEED + (round * PER_ROUND + time) * 1_000_003 + index * 7919);
        const request = requestOf(service, operation, population, dice);
        const { status, milliseconds, complaint } = await judge(room, request);
        sent++;
        if (status < 400) good++;
        const name = `${service.name}.${operation.name}`;
        slowest.set(name, Math.max(slowest.get(name) ?? 0, milliseconds));
        if (complaint === undefined) continue;
        const key = /"message":"[^"]*|no request id|no answer/.exec(complaint)?.[0] ?? name;
        if (!complaints.has(key))
          complaints.set(key, `${name}: ${complaint}\n    ${described(request, population)}`);
      }
    }
  }
  const worst = [...slowest].toSorted(([, a], [, b]) => b - a).slice(0, 5);
  t.diagnostic(`${sent} requests, ${good} of them taken; slowest: ${worst.map(([name, time]) => `${name} ${Math.round(time)} ms`).join(', ')}`); // prettier-ignore
  assert.ok(ONLY !== '' || good > sent / 20, 'nothing is taken: the good bodies are good no more');
  assert.deepEqual([...complaints.values()], []);
});
