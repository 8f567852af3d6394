import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawCables, type Cable } from './wires.ts';

const trunk = (key: string, ...rows: number[]): Cable => ({ key, rows, trunk: true });
const cable = (key: string, ...rows: number[]): Cable => ({ key, rows, trunk: false });

/** A gutter as text: one line a row, `│├┌└` for what passes, joins, begins, ends; `o` for a router's node. */
function drawn(cables: Cable[], rows: number): string[] {
  const { wires, columns } = drawCables(cables, rows);
  return wires.map((row) => {
    const cells = Array.from({ length: columns }, () => ' ');
    for (const { column, up, down, joint } of row.wires) {
      assert.equal(cells[column], ' ', 'no two cables share a place');
      cells[column] = joint === undefined ? '│' : up && down ? '├' : up ? '└' : down ? '┌' : '─';
    }
    if (row.node) cells[row.node.column] = 'o';
    return cells.join('');
  });
}

test('a trunk reaches the router, the router its networks', () => {
  // public, edge, private
  assert.deepEqual(drawn([trunk('public', 0, 1), cable('edge', 1, 2)], 3), ['┌ ', '└o', ' └']);
  const [, middle] = drawCables([trunk('public', 0, 1), cable('edge', 1, 2)], 3).wires;
  assert.deepEqual(
    middle?.wires.map(({ key, joint }) => [key, joint]),
    [
      ['public', 1],
      ['edge', 'lane'],
    ],
    'the trunk leads to the node of the router, not to the lane',
  );
});

test('routers one below the other share a column; a network of two routers needs two', () => {
  assert.deepEqual(drawn([trunk('public', 0, 1, 3), cable('a', 1, 2), cable('b', 3, 4)], 5), [
    '┌ ',
    '├o',
    '│└',
    '└o',
    ' └',
  ]);
  // b stands below but also joins the network of a, and the lane above itself.
  assert.deepEqual(drawn([trunk('public', 0, 1), cable('a', 1, 2), cable('b', 3, 2, 4)], 5), [
    '┌  ',
    '└o ',
    ' └┌',
    '  o',
    '  └',
  ]);
});

test('a router that joins nothing is a node alone; cables that only pass join nothing', () => {
  assert.deepEqual(drawn([cable('lonely', 0)], 1), ['o']);
  assert.deepEqual(drawn([cable('a', 0, 2)], 3), ['o', '│', '└']);
  assert.deepEqual(drawCables([], 2), {
    wires: [
      { wires: [], node: undefined },
      { wires: [], node: undefined },
    ],
    columns: 0,
  });
});

test('cables never overlap and reach all their rows, whatever they join', () => {
  // A small generator of its own: the same numbers at every run.
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed % below;
  };
  for (let round = 0; round < 200; round += 1) {
    const rows = 2 + random(20);
    const own = [...new Set(Array.from({ length: 1 + random(6) }, () => random(rows)))];
    const cables = own.map((row, index) =>
      cable(`r${index}`, row, ...Array.from({ length: random(4) }, () => random(rows))),
    );
    const { wires, columns } = drawCables(cables, rows);
    for (const row of wires) {
      const taken = row.wires.map(({ column }) => column);
      assert.equal(new Set(taken).size, taken.length);
      assert.ok(taken.every((column) => column < columns));
    }
    for (const each of cables) {
      for (const row of each.rows) {
        assert.equal(wires[row]?.wires.find(({ key }) => key === each.key)?.joint, 'lane');
      }
    }
  }
});
