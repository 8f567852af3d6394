import type { Caller } from '../../identity/caller.ts';
import type { Document, TestNetworkService } from '../testing.ts';

/** Adds a rule to a policy. */
export const addRule = async (
  room: TestNetworkService,
  caller: Caller,
  policy: Document,
  type: string,
  values: Document,
): Promise<Document> =>
  (
    await room.call(`create_policy_${type}_rule`, {
      caller,
      params: { policy_id: policy['id'] },
      body: { [`${type}_rule`]: values },
    })
  )[`${type}_rule`];

/** Changes a rule by the path below its policy. */
export const changeRule = (
  room: TestNetworkService,
  caller: Caller,
  policy: Document,
  type: string,
  id: string,
  values: Document,
): Promise<Document> =>
  room.call(`update_policy_${type}_rule`, {
    caller,
    params: { policy_id: policy['id'], rule_id: id },
    body: { [`${type}_rule`]: values },
  });

/** OVN's rules for a port, an address or a gateway, the one for what is sent first. */
export const qosRows = (room: TestNetworkService, part: string) =>
  [...room.northbound.mirror.table('QoS').rows()]
    .filter(({ match }) => match.includes(part))
    .map(({ direction, match, priority, bandwidth, action, external_ids }) => ({
      direction,
      match,
      priority,
      bandwidth: { ...bandwidth },
      action: { ...action },
      external_ids: { ...external_ids },
    }))
    .toSorted((a, b) => a.direction.localeCompare(b.direction));
