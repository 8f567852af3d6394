import type { Cloud } from '../cloud.ts';
import type { Value, ValueMap } from '../language/index.ts';
import type { Attributes, Properties, Support } from './property.ts';

/**
 * A kind of resource that templates may have. One file of `resources/<service>/` each; packages from outside export
 * the same. A type knows no database, no graph and no other resource: the engine calls one step of it at a time, has
 * written down beforehand which, and calls the same step again when it does not know how it ended.
 * Every step must therefore bear being repeated.
 */
export interface ResourceType {
  /** `OS::Neutron::Net`. */
  readonly name: string;
  /** Other names of the same type (`OS::Neutron::Router::Interface`). */
  readonly aliases?: readonly string[];
  readonly description: string;
  readonly support?: Support;
  readonly properties: Properties;
  readonly attributes?: Attributes;
  /** `attribute` judges further names itself: groups give the attributes of their members. */
  readonly hasFurtherAttributes?: boolean;
  /** Whatever properties and attributes a template names are accepted, and are nothing: `OS::Heat::None`. */
  readonly acceptsAnything?: boolean;
  /** Every update of the stack makes it anew, whether anything changed or not. */
  readonly alwaysReplaced?: boolean;
  /** What `update_policy` may say for resources of this type; nothing without it. */
  readonly updatePolicy?: Properties;

  /** Makes it. Returns at once; `isCreated` tells when it is ready. */
  create(step: Step): Promise<void>;
  /** Asked until true; absent: `create` is all there is. Throws a `ResourceFailure` when it will never be. */
  isCreated?(step: Step): Promise<boolean>;
  /** Brings it from the former properties to the present ones; only properties with `updateAllowed` differ. */
  update?(step: UpdateStep): Promise<void>;
  isUpdated?(step: UpdateStep): Promise<boolean>;
  /** Removes it; that it is not there is success. */
  delete?(step: Step): Promise<void>;
  /** Asked until true; absent: `delete` is all there is. */
  isDeleted?(step: Step): Promise<boolean>;
  /**
   * Lets go of what a successor needs before the successor is made: a server its ports, a port its addresses, a key pair
   * its name. The thing itself stays until the update is through.
   */
  makeWay?(step: Step): Promise<void>;
  /** Takes it back, as the update failed and the successor is gone. */
  takeBack?(step: Step): Promise<void>;
  /** Throws a `ResourceFailure` when the thing is gone or unwell. */
  check?(step: Step): Promise<void>;
  suspend?(step: Step): Promise<void>;
  isSuspended?(step: Step): Promise<boolean>;
  resume?(step: Step): Promise<void>;
  isResumed?(step: Step): Promise<boolean>;
  /** Keeps the thing's content; what it saves in `data` is given to `restore` later. Absent: nothing to keep. */
  snapshot?(step: Step): Promise<void>;
  isSnapshotted?(step: Step): Promise<boolean>;
  /** The properties with which an update brings back what `snapshot` kept; `data` is what it saved. */
  restored?(properties: ValueMap, data: Readonly<Record<string, string>>): ValueMap;
  /** Forgets what `snapshot` kept. */
  deleteSnapshot?(step: Step): Promise<void>;
  /** Somebody signals the resource (`openstack stack resource signal`, signed URLs, alarms). Returns the reason for the event. */
  signal?(step: Step, details: Value): Promise<string>;

  /**
   * One attribute, as it is now; `undefined`: not known yet. `show` is the engine's: the whole `describe`. `path` is what
   * the template selects beneath: the selection is made by the language, so that only those who compute need to look.
   */
  attribute?(step: Step, name: string, path?: readonly Value[]): Promise<Value | undefined>;
  /** The service's own document of the thing: the attribute `show`, `convergence` and what `attribute` is absent for. */
  describe?(step: Step): Promise<ValueMap>;
  /** What `get_resource` gives; by default the physical id. */
  reference?(step: Step): Value;

  /**
   * The template that stands in this resource's place: groups, stacks in stacks. The engine makes, updates and deletes it.
   * Asked after `create`, `update` and `signal` each time: what they saved in `data` may change the answer, and when
   * the template then differs from the nested stack's, that stack is updated (auto-scaling is such a signal).
   */
  nested?(step: Step): Promise<NestedStack | undefined>;

  /** Says that a change which `updateAllowed` would let pass needs a new resource after all. */
  mustReplace?(change: Pick<UpdateStep, 'properties' | 'former' | 'changed'>): boolean;
  /** Checks of properties that depend on each other; throws a Fault. Unknown values are null. */
  validate?(properties: ValueMap): void;
  /**
   * Names of resources of the same stack that this one needs first though it does not name them: a floating IP needs
   * the router's interface of its port's subnet. `others` are the stack's resources, with properties as written.
   */
  needs?(own: Sibling, others: readonly Sibling[]): readonly string[];
}

/** A resource of the same stack, as far as its template tells. */
export interface Sibling {
  readonly name: string;
  /** The type's main name. */
  readonly type: string;
  /** As far as known; references to other resources are `{ resource: name }`, unknown values null. */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What a step is given. */
export interface Step {
  readonly cloud: Cloud;
  readonly stack: {
    readonly id: string;
    readonly name: string;
    readonly projectId: string;
    readonly tags: readonly string[];
  };
  /** The resource's name in its template. */
  readonly name: string;
  /** Of this resource of Heat's, for names that must be unique: `stack-resource-<shortId>`. */
  readonly uuid: string;
  readonly shortId: string;
  /** The thing's id; null before it is made. */
  readonly physicalId: string | null;
  /**
   * An id for the thing, the same whenever `create` is called again. A creating request with it (`CloudRequest.intendedId`)
   * that was answered before gives the thing that is there, so repeating needs no care of one's own.
   */
  readonly intendedId: string;
  /** The step was begun before, and nobody knows how it ended. */
  readonly repeated: boolean;
  /** Resolved, checked, with defaults, names turned to ids; a property that was not given and has no default is absent. */
  readonly properties: ValueMap;
  /** The `metadata` section, or what was put in its place since. */
  readonly metadata: ValueMap;
  /** What the type has saved. */
  readonly data: Readonly<Record<string, string>>;
  /** Writes the id and the type's own notes down; once it resolves they are safe. Members with null are removed. */
  save(notes: {
    readonly physicalId?: string | null;
    readonly data?: Readonly<Record<string, string | null>>;
    readonly metadata?: ValueMap;
    /** The step ends with this and finds the same when it is repeated: written down together with its end. */
    readonly later?: boolean;
  }): Promise<void>;
  /** The nested stack of this resource, when it has one. */
  readonly nestedStackId: string | null;
  /** What is in it; null without one. */
  readonly nested: NestedView | null;
  /** What the resource's `update_policy` says. */
  readonly updatePolicy: ValueMap;
  /** Addresses and secrets for those who signal the resource. */
  readonly signals: SignalAddresses;
  /** Aborted when the stack's time is up or its action is cancelled. */
  readonly signal: AbortSignal;
}

export interface UpdateStep extends Step {
  /** What the properties were. */
  readonly former: ValueMap;
  /** Names of the properties that differ. */
  readonly changed: ReadonlySet<string>;
}

/** How things outside tell a resource something. */
export interface SignalAddresses {
  /** An address with a signature in it (CFN's way): whoever knows it may signal this one resource. */
  signedUrl(kind: 'signal' | 'waitcondition'): Promise<string>;
  /** `POST …/stacks/{name}/{id}/resources/{name}/signal`. */
  apiUrl(): string;
  /** For `X-Auth-Token` at `apiUrl`: whoever has it may signal this one resource, and nothing else. */
  token(): Promise<string>;
}

/** What a resource sees of the stack behind it. */
export interface NestedView {
  /** Its resources, those of stacks further in not included, in the order in which they were made. */
  resources(): Promise<readonly NestedResource[]>;
  /** An attribute of one of them; without a name what `get_resource` would give. Undefined: not known, or no such resource. */
  attribute(resource: string, name?: string, path?: readonly Value[]): Promise<Value | undefined>;
  /** The value of an output; undefined when there is none of that name. */
  output(name: string): Promise<Value | undefined>;
  outputs(): Promise<ValueMap>;
}

export interface NestedResource {
  readonly name: string;
  readonly type: string;
  readonly physicalId: string | null;
  readonly action: string;
  readonly status: string;
  /** Somebody marked it unhealthy, or its last action failed. */
  readonly healthy: boolean;
  readonly createdAt: Date;
}

/** A template that stands in a resource's place. */
export interface NestedStack {
  readonly template: ValueMap | string;
  /** Absent: those of the stack that it is nested in. */
  readonly files?: Readonly<Record<string, string>>;
  readonly parameters?: ValueMap;
  /** So many resources are made, changed or deleted at once, with a pause in between; all without it. */
  readonly batches?: { readonly size: number; readonly pauseSeconds: number };
  readonly timeoutMinutes?: number;
}

/** Thrown by `update` before it changes anything: only a new resource in its stead can be what is wanted. */
export class ReplacementNeeded extends Error {
  override readonly name = 'ReplacementNeeded';
}

/** The thing has failed, or is gone: the reason becomes the resource's and the stack's. */
export class ResourceFailure extends Error {
  /** What Heat calls it in the status reason: `ResourceInError`, `WaitConditionTimeout`. */
  override readonly name: string;

  constructor(message: string, options: { name?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = options.name ?? 'ResourceFailure';
  }
}
