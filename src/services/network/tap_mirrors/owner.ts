import { sql } from 'kysely';
import type { Change } from '../change.ts';
import { ownerKind } from '../drivers/extension.ts';
import { desiredTapMirror, type TapMirrorState } from './desired.ts';

export const tapMirrorOwner = ownerKind<TapMirrorState>({
  kind: 'tap_mirror',
  query: sql`select o.id, o.port_id, host(o.remote_ip) as remote_ip, o.mirror_type,
      (select json_object_agg(t.direction, t.tunnel_id) from network.tap_mirror_tunnels t
        where t.tap_mirror_id = o.id) as directions
    from network.tap_mirrors o`,
  desired: desiredTapMirror,
});

/** A port will be gone, and its mirrors with it. */
export async function touchTapMirrors(change: Change, portId: string): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select id from network.tap_mirrors where port_id = ${portId}`.execute(change.transaction);
  change.touch(...rows.map(({ id }) => `tap_mirror:${id}`));
}
