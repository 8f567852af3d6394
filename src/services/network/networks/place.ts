import { sql } from 'kysely';
import { badRequest } from '../../../core/errors.ts';
import type { Change } from '../change.ts';
import type { SegmentRequest } from '../drivers/type-driver.ts';
import { invalidInput } from '../errors.ts';
import {
  segmentsOf,
  takeSegment,
  takeTenantSegment,
  type Segment,
} from '../segments/allocation.ts';
import { checkSegment, driverOf } from '../segments/types/registry.ts';
import type { NetworkRow } from './noun.ts';

/** Where a network's packets are to travel, as a request says it: for its only segment. */
export interface ProviderValues {
  readonly 'provider:network_type'?: string;
  readonly 'provider:physical_network'?: string | null;
  readonly 'provider:segmentation_id'?: number | null;
}

/** The same, or a list for several segments. */
export interface PlaceValues extends ProviderValues {
  readonly 'router:external': boolean;
  readonly segments?: readonly ProviderValues[];
}

function requestOf(values: ProviderValues): SegmentRequest {
  const type = values['provider:network_type'];
  if (type === undefined || type === '') throw invalidInput('network_type required.');
  return {
    network_type: type,
    // Clients that mean none send the empty string.
    physical_network: values['provider:physical_network'] || null,
    segmentation_id: values['provider:segmentation_id'] ?? null,
  };
}

const asks = (values: ProviderValues): boolean =>
  [
    values['provider:network_type'],
    values['provider:physical_network'],
    values['provider:segmentation_id'],
  ].some((value) => value !== undefined && value !== null && value !== '');

/** The segments that a request names; none: the cloud chooses. */
function requestsOf(values: PlaceValues): readonly SegmentRequest[] {
  const several = values.segments ?? [];
  if (several.length === 0) return asks(values) ? [requestOf(values)] : [];
  if (asks(values)) {
    throw badRequest(
      'Invalid input for operation: Segments and provider values cannot both be set.',
      'SegmentsSetInConjunctionWithProviders',
    );
  }
  const requests = several.map(requestOf);
  const whole = requests
    .filter(({ segmentation_id: number, network_type: type }) => number !== null || type === 'flat')
    .map((request) => JSON.stringify(request));
  if (new Set(whole).size < whole.length) {
    throw badRequest(
      'Invalid input for operation: Duplicate segment entry in request.',
      'SegmentsContainDuplicateEntry',
    );
  }
  return requests;
}

/** Gives a new network its segments. The network's row is to be written behind them. */
export async function placeNetwork(
  change: Change,
  id: string,
  projectId: string,
  values: PlaceValues,
): Promise<Segment[]> {
  const row = (index: number) => ({
    network_id: id,
    project_id: projectId,
    segment_index: index,
    name: null,
    description: null,
  });
  const requests = requestsOf(values);
  if (requests.length === 0) {
    return [await takeTenantSegment(change, row(0), values['router:external'])];
  }
  const segments: Segment[] = [];
  for (const [index, request] of requests.entries()) {
    segments.push(await takeSegment(change, request, row(index)));
  }
  return segments;
}

/** Changes what of a network's place can be changed: the VLAN of its only segment. */
export async function moveNetwork(
  change: Change,
  network: NetworkRow,
  values: ProviderValues,
): Promise<void> {
  if (!asks(values)) return;
  const [segment, ...others] = await segmentsOf(change.transaction, network.id);
  for (const [name, present] of [
    ['provider:network_type', segment?.network_type],
    ['provider:physical_network', segment?.physical_network],
  ] as const) {
    const wanted = values[name];
    if (wanted === undefined || wanted === null || wanted === '' || wanted === present) continue;
    throw invalidInput(
      `Plugin does not support updating the following provider network attributes: ${name} is ${present ?? 'not set'}.`,
    );
  }
  const number = values['provider:segmentation_id'];
  if (number === undefined || number === null) return;
  if (segment === undefined || others.length > 0) {
    throw invalidInput(
      'Provider network attributes can be updated only in provider networks with a single segment.',
    );
  }
  if (number === segment.segmentation_id) return;
  if (segment.network_type !== 'vlan') {
    throw invalidInput('Only VLAN type networks can be updated.');
  }
  await renumber(change, segment, number);
}

async function renumber(change: Change, segment: Segment, number: number): Promise<void> {
  const driver = driverOf(change.settings.types, segment.network_type);
  const request = { ...segment, segmentation_id: number };
  checkSegment(
    driver,
    request,
    segment.physical_network === null ? [] : [segment.physical_network],
  );
  // The index decides when two take one number at once; an insert that does nothing keeps the transaction whole.
  const done = await sql`update network.segments set segmentation_id = ${number},
      revision_number = revision_number + 1, updated_at = now()
    where id = ${segment.id} and not exists (select 1 from network.segments other
      where other.network_type = ${segment.network_type} and other.segmentation_id = ${number}
        and other.physical_network = ${segment.physical_network}) returning id`.execute(
    change.transaction,
  );
  if (done.rows.length === 0) throw driver.inUse(request);
  change.touch(`segment:${segment.id}`);
}
