import {
  insert,
  mutate,
  named,
  update,
  type OpenVSwitch as Tables,
  type Operation,
  type OvsdbClient,
} from '../../ovn/index.ts';
import { EXTERNAL_IDS } from '../names.ts';
import type { MirrorWish } from './plan.ts';

/** A switch as mirrors need it. */
export interface MirrorSwitch {
  readonly client: Pick<OvsdbClient<Tables>, 'mirror'>;
  readonly bridge: string;
}

const same = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  one.length === other.length &&
  JSON.stringify([...one].toSorted()) === JSON.stringify([...other].toSorted());

const columnsOf = (wish: MirrorWish) => ({
  // For people: names need not be unique.
  name: `tap-${wish.key.slice(0, 11)}`,
  select_all: false,
  select_src_port: [...wish.from],
  select_dst_port: [...wish.to],
  select_vlan: [...wish.vlans],
  output_port: [wish.output],
  output_vlan: [],
  snaplen: [],
  external_ids: { [EXTERNAL_IDS.tap]: wish.key },
});

/** Whether a row does what is wished; the name is nobody's business. */
const fits = (row: Tables['Mirror'], wish: MirrorWish): boolean =>
  !row.select_all &&
  same(row.select_src_port, wish.from) &&
  same(row.select_dst_port, wish.to) &&
  same(row.select_vlan, wish.vlans) &&
  same(row.output_port, [wish.output]) &&
  row.output_vlan.length === 0 &&
  row.snaplen.length === 0;

/** The mirrors of the bridge: ours, by what they say of themselves, and how many others there are. */
export function mirrorsOf({ client, bridge }: MirrorSwitch): {
  readonly ours: readonly Tables['Mirror'][];
  readonly others: number;
} {
  const table = client.mirror.table('Mirror');
  const row = client.mirror.table('Bridge').first('name', bridge);
  const all = (row?.mirrors ?? []).flatMap((uuid) => table.get(uuid) ?? []);
  const ours = all.filter((mirror) => mirror.external_ids[EXTERNAL_IDS.tap] !== undefined);
  return { ours, others: all.length - ours.length };
}

/**
 * Has vswitchd look again at what it does with each flow, which a change of mirrors alone does not: packets of
 * connections that go on would be copied for ever after, or never. Any change of a port does. This one means nothing:
 * protected ports are kept from one another, and of ours no other is.
 */
function revalidation({ client, bridge }: MirrorSwitch): Operation[] {
  const port = client.mirror.table('Port').first('name', bridge);
  return port === undefined ? [] : [update('Port', port._uuid, { protected: !port.protected })];
}

/** The operations that leave the bridge with these mirrors of ours and no more; none when all is well. */
export function mirrorOperations(given: MirrorSwitch, wishes: readonly MirrorWish[]): Operation[] {
  const bridge = given.client.mirror.table('Bridge').first('name', given.bridge);
  if (bridge === undefined) return [];
  const operations: Operation[] = [];
  const left = new Map(wishes.map((wish) => [wish.key, wish]));
  for (const row of mirrorsOf(given).ours) {
    const key = row.external_ids[EXTERNAL_IDS.tap] ?? '';
    const wish = left.get(key);
    left.delete(key);
    if (wish === undefined) {
      // The bridge's reference is what keeps it.
      operations.push(mutate('Bridge', bridge._uuid, ['mirrors', 'delete', [row._uuid]]));
    } else if (!fits(row, wish)) {
      operations.push(update('Mirror', row._uuid, columnsOf(wish)));
    }
  }
  for (const [index, wish] of [...left.values()].entries()) {
    const name = `tap${index}`;
    operations.push(
      insert('Mirror', columnsOf(wish), name),
      mutate('Bridge', bridge._uuid, ['mirrors', 'insert', [named(name)]]),
    );
  }
  return operations.length === 0 ? [] : [...operations, ...revalidation(given)];
}
