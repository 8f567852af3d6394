import type { Caller } from '../../identity/caller.ts';
import { operation, type Operation } from '../../operation.ts';
import { Invalid, type Attributes, type AttributeType } from '../attributes/attribute.ts';
import { unwrap, valuesOfCreation, valuesOfUpdate } from '../attributes/body.ts';
import { dictionary, orNull, text } from '../attributes/types.ts';
import type { Change } from '../change.ts';
import { find, findOwned } from '../collections/noun.ts';
import type { Room } from '../collections/operations.ts';
import { portNoun, type PortRow } from '../ports/noun.ts';
import {
  activateBinding,
  addBinding,
  bindingNotFound,
  bindingsOf,
  changeBinding,
  checkMovable,
  removeBinding,
  type Binding,
} from './rules.ts';
import { VIF_DETAILS, vnicType } from './view.ts';

/** A host's name; a binding without one is none. */
const hostName: AttributeType = {
  ...text(255),
  convert(value) {
    if (value === '') throw new Invalid('a binding needs the name of a host');
    return text(255).convert(value);
  },
};

const attributes = {
  host: { type: hostName, post: true, put: true, required: true },
  vnic_type: { type: vnicType, post: true, put: true, initial: 'normal' },
  profile: { type: orNull(dictionary), post: true, put: true, initial: {} },
  project_id: { type: text(255), post: true },
} satisfies Attributes;

const document = (port: PortRow, { active, ...binding }: Binding & { active: boolean }) => ({
  ...binding,
  vif_type: active && port.binding_failed ? 'binding_failed' : 'ovs',
  vif_details: active && port.binding_failed ? {} : VIF_DETAILS,
  status: active ? 'ACTIVE' : 'INACTIVE',
  project_id: port.project_id,
});

/** What a request says of a binding; no profile is an empty one. */
function valuesOf(raw: Record<string, unknown>): Partial<Binding> {
  const { host, vnic_type, profile } = raw as Partial<Binding>;
  return {
    ...(host === undefined ? {} : { host }),
    ...(vnic_type === undefined ? {} : { vnic_type }),
    ...(profile === undefined ? {} : { profile: profile ?? {} }),
  };
}

/** The bindings of a port to hosts: one is active, others wait for the server to move (`binding-extended`). */
export function portBindingOperations(room: Room): Operation[] {
  const path = '/v2.0/ports/{port_id}/bindings';
  const one = `${path}/{host}`;
  const change = (
    action: string,
    caller: Caller,
    portId: string,
    work: (change: Change, port: PortRow) => Promise<void>,
  ) =>
    room.commit(async (change) => {
      const port = await findOwned(change.transaction, portNoun, caller, portId, action);
      checkMovable(port);
      await work(change, port);
      return find(change.transaction, portNoun, caller, portId);
    });
  const shown = async (port: PortRow, host: string) => {
    const bindings = await bindingsOf(room.database, port);
    const binding = bindings.find((candidate) => candidate.host === host);
    if (binding === undefined) throw bindingNotFound(port.id, host);
    return { body: { binding: document(port, binding) } };
  };
  return [
    operation({
      name: 'get_port_bindings',
      method: 'GET',
      path,
      summary: 'List the bindings of a port to hosts',
      role: 'admin',
      success: 200,
      handle: async ({ caller, params, query }) => {
        const port = await find(room.database, portNoun, caller, params['port_id']!);
        checkMovable(port);
        const bindings = await bindingsOf(room.database, port);
        const documents: Record<string, unknown>[] = bindings.map((one) => document(port, one));
        const wanted = ['host', 'status', 'vif_type', 'vnic_type'].filter((name) => query[name]);
        return {
          body: {
            bindings: documents.filter((document) =>
              wanted.every((name) => query[name]!.includes(String(document[name]))),
            ),
          },
        };
      },
    }),
    operation({
      name: 'get_port_binding',
      method: 'GET',
      path: one,
      summary: 'Show the binding of a port to a host',
      role: 'admin',
      success: 200,
      handle: async ({ caller, params }) => {
        const port = await find(room.database, portNoun, caller, params['port_id']!);
        checkMovable(port);
        return shown(port, params['host']!);
      },
    }),
    operation({
      name: 'create_port_binding',
      method: 'POST',
      path,
      summary: 'Bind a port to one more host',
      role: 'admin',
      success: 201,
      handle: async ({ caller, params, body }) => {
        const values = valuesOf(
          valuesOfCreation(attributes, 'create_port_binding', caller, unwrap(body, 'binding')),
        ) as Binding;
        const port = await change('create_port_binding', caller, params['port_id']!, (work, row) =>
          addBinding(work, row, values),
        );
        return shown(port, values.host);
      },
    }),
    operation({
      name: 'update_port_binding',
      method: 'PUT',
      path: one,
      summary: 'Change the binding of a port to a host',
      role: 'admin',
      success: 200,
      handle: async ({ caller, params, body }) => {
        const host = params['host']!;
        const values = valuesOf(
          valuesOfUpdate(attributes, 'update_port_binding', caller, unwrap(body, 'binding')),
        );
        const port = await change('update_port_binding', caller, params['port_id']!, (work, row) =>
          changeBinding(work, row, host, { ...values, host }),
        );
        return shown(port, host);
      },
    }),
    operation({
      name: 'activate_port_binding',
      method: 'PUT',
      path: `${one}/activate`,
      summary: 'Make the binding of a port to a host the active one',
      role: 'admin',
      success: 200,
      handle: async ({ caller, params }) => {
        const host = params['host']!;
        const port = await change(
          'activate_port_binding',
          caller,
          params['port_id']!,
          (work, row) => activateBinding(work, row, host),
        );
        return shown(port, host);
      },
    }),
    operation({
      name: 'delete_port_binding',
      method: 'DELETE',
      path: one,
      summary: 'Remove the binding of a port to a host',
      role: 'admin',
      success: 204,
      handle: async ({ caller, params }) => {
        await change('delete_port_binding', caller, params['port_id']!, (work, row) =>
          removeBinding(work, row, params['host']!),
        );
        return {};
      },
    }),
  ];
}
