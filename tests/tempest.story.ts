import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { TestCloud } from './support/cloud.ts';
import { startTempestCloud } from './tempest/cloud.ts';
import { COMPLIANCE, targetOf, type Target } from './tempest/configuration.ts';
import { runTempest } from './tempest/run.ts';
import { listOf, type Suite } from './tempest/suites.ts';

/** Every id of these lists passes, and the lists only grow: `tests/tempest/main.ts` adds to them. */
const STORY: readonly Suite[] = ['network', 'neutron', 'taas', 'image'];

describe('tempest', { timeout: 880_000 }, () => {
  let cloud: TestCloud;
  let target: Target;

  before(async () => {
    cloud = await startTempestCloud();
    target = targetOf(await cloud.credentials(), COMPLIANCE);
  });
  after(async () => {
    await cloud.destroy();
  });

  for (const suite of STORY) {
    test(suite, async (context) => {
      const folder = path.join(cloud.home, `tempest-${suite}`);
      mkdirSync(folder);
      const outcomes = await runTempest({ target, folder, tests: listOf(suite) });
      const passed = outcomes.filter(({ outcome }) => outcome === 'passed');
      process.stdout.write(`tempest, ${suite}: ${passed.length}/${outcomes.length} passed\n`);
      for (const { id, outcome, reason } of outcomes) {
        // oxlint-disable-next-line no-await-in-loop -- subtests are told in order
        await context.test(id, () => {
          if (outcome !== 'passed') throw new Error(`${outcome}: ${reason}`);
        });
      }
    });
  }
});
