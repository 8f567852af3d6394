/** What is joined: the rows that one cable touches. */
export interface Cable {
  readonly key: string;
  /** Rows it joins, in any order. */
  readonly rows: readonly number[];
  /** A trunk comes from an outer network and ends at routers; other cables belong to a router. */
  readonly trunk: boolean;
}

/** A cable where it passes a row. Columns count from the left. */
export interface Wire {
  readonly key: string;
  readonly column: number;
  /** Tells neighbouring cables apart; trunks have 0. */
  readonly hue: number;
  /** Comes from the row above, goes on to the row below. */
  readonly up: boolean;
  readonly down: boolean;
  /**
   * Joins this row: a number is the column where the joint leads (a router's node), `lane` the row itself;
   * undefined when the cable only passes.
   */
  readonly joint: number | 'lane' | undefined;
}

export interface WireRow {
  readonly wires: readonly Wire[];
  /** Column of the router whose row this is. */
  readonly node: { readonly column: number; readonly hue: number } | undefined;
}

/** Colours of routers' cables; a style sheet has as many. */
export const HUES = 5;

/**
 * Lays cables out in a gutter beside the rows, as few columns as possible: cables whose rows do not overlap
 * share one. A router's cable starts with its own row, where its node stands.
 */
export function drawCables(
  cables: readonly Cable[],
  rowCount: number,
): { wires: readonly WireRow[]; columns: number } {
  const spans = cables.map((cable) => ({
    cable,
    first: Math.min(...cable.rows),
    last: Math.max(...cable.rows),
  }));
  // Trunks take the outermost columns; within a kind the first column that is free again is taken.
  const ends: number[] = [];
  const columnOf = new Map<string, number>();
  for (const trunk of [true, false]) {
    const floor = trunk ? 0 : ends.length;
    for (const { cable, first, last } of spans
      .filter((span) => span.cable.trunk === trunk)
      .toSorted((a, b) => a.first - b.first)) {
      let column = ends.findIndex((end, index) => index >= floor && end < first);
      if (column === -1) column = ends.length;
      ends[column] = last;
      columnOf.set(cable.key, column);
    }
  }
  const routers = spans.filter(({ cable }) => !cable.trunk);
  const hueOf = new Map(routers.map(({ cable }, index) => [cable.key, 1 + (index % HUES)]));
  const ownerOf = new Map(routers.map((span) => [ownRow(span.cable), span.cable]));

  const wires = Array.from({ length: rowCount }, (_, row): WireRow => {
    const owner = ownerOf.get(row);
    return {
      wires: spans
        .filter(({ first, last }) => first <= row && row <= last)
        .map(({ cable, first, last }) => ({
          key: cable.key,
          column: columnOf.get(cable.key) as number,
          hue: hueOf.get(cable.key) ?? 0,
          up: row > first,
          down: row < last,
          joint: jointOf(cable, row, owner, columnOf),
        }))
        .toSorted((a, b) => a.column - b.column),
      node: owner && {
        column: columnOf.get(owner.key) as number,
        hue: hueOf.get(owner.key) as number,
      },
    };
  });
  return { wires, columns: ends.length };
}

/** The row where a router itself stands is the first it was given. */
const ownRow = (cable: Cable): number => cable.rows[0] as number;

function jointOf(
  cable: Cable,
  row: number,
  owner: Cable | undefined,
  columnOf: ReadonlyMap<string, number>,
): number | 'lane' | undefined {
  if (!cable.rows.includes(row)) return undefined;
  if (cable.trunk && owner !== undefined) return columnOf.get(owner.key);
  return 'lane';
}
