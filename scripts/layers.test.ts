import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { brokenRule, checkLayers, edgesOf } from './layers.ts';

const edge = (from: string, to: string, typeOnly = false) => ({ from, to, typeOnly });

test('imports are found in every form', () => {
  const text = `
import assert from 'node:assert/strict';
import { a } from '../core/a.ts';
import type { B } from './b.ts';
import {
  c,
  d,
} from '../../tests/c.ts';
export { e } from './e.ts';
import './f.ts';
const g = await import('../database/g.ts');
`;
  assert.deepEqual(edgesOf('src/http/x.ts', text), [
    edge('src/http/x.ts', 'src/core/a.ts'),
    edge('src/http/x.ts', 'src/http/b.ts', true),
    edge('src/http/x.ts', 'tests/c.ts'),
    edge('src/http/x.ts', 'src/http/e.ts'),
    edge('src/http/x.ts', 'src/http/f.ts'),
    edge('src/http/x.ts', 'src/database/g.ts'),
  ]);
});

test('the table of ARCHITECTURE.md', () => {
  const allowed = [
    edge('src/cli/commands/up.ts', 'src/cloud/up.ts'),
    edge('src/http/server.ts', 'src/services/operation.ts'),
    edge('src/http/control-plane.ts', 'src/database/database.ts'),
    edge('src/http/hosts.ts', 'src/ovn/desired.ts', true),
    edge('src/services/compute/context.ts', 'src/services/network/index.ts'),
    edge('src/services/network/ports/api.ts', 'src/services/identity/caller.ts'),
    edge('src/services/image/image.test.ts', 'src/http/server.ts'),
    edge('src/host/agent.ts', 'src/ovn/index.ts'),
    edge('tests/tour.story.ts', 'src/core/time.ts'),
  ];
  for (const each of allowed)
    assert.equal(brokenRule(each), undefined, `${each.from} → ${each.to}`);
  const forbidden: [ReturnType<typeof edge>, RegExp][] = [
    [edge('src/core/ids.ts', 'src/database/database.ts'), /core may import only nothing/],
    [edge('src/host/agent.ts', 'src/database/database.ts'), /host may import only ovn, core/],
    [edge('src/http/hosts.ts', 'src/ovn/mirror.ts'), /http may import only services, core/],
    [
      edge('src/services/network/x.ts', 'src/services/compute/index.ts'),
      /network may import only identity/,
    ],
    [
      edge('src/services/compute/x.ts', 'src/services/network/ports/model.ts'),
      /through its index\.ts/,
    ],
    [edge('src/services/image/api.ts', 'src/http/server.ts'), /services may import only/],
    [edge('src/services/image/api.ts', 'tests/support/cloud.ts'), /nothing outside src/],
    [edge('dashboard/main.ts', 'src/core/time.ts'), /dashboard shares nothing/],
    [edge('src/http/dashboard.ts', 'dashboard/main.ts'), /dashboard shares nothing/],
    [edge('src/insight/x.ts', 'src/ovn/index.ts'), /no room/],
  ];
  for (const [each, rule] of forbidden) assert.match(brokenRule(each) ?? '', rule);
});

test('a planted violation is found, in a repository of its own', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'ovb-layers-'));
  try {
    mkdirSync(path.join(root, 'src/ovn'), { recursive: true });
    writeFileSync(path.join(root, 'src/ovn/good.ts'), "import { x } from '../core/x.ts';\n");
    assert.deepEqual(checkLayers(root), { violations: [], imports: 1 });
    writeFileSync(
      path.join(root, 'src/ovn/bad.ts'),
      "import { x } from '../services/network/index.ts';\n",
    );
    const { violations } = checkLayers(root);
    assert.equal(violations.length, 1);
    assert.equal(violations[0]!.from, 'src/ovn/bad.ts');
    assert.match(violations[0]!.rule, /ovn may import only core/);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('the repository keeps its layers', () => {
  const { violations, imports } = checkLayers(path.resolve(import.meta.dirname, '..'));
  assert.deepEqual(violations, []);
  assert.ok(imports > 100);
});
