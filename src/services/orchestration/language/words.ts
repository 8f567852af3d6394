import type { Dialect } from './versions.ts';

/** The keys of templates in one dialect. What a dialect does not have is undefined. */
export interface Words {
  readonly sections: {
    readonly description: string;
    readonly parameterGroups: string | undefined;
    readonly parameters: string;
    readonly conditions: string;
    readonly mappings: string;
    readonly resources: string;
    readonly outputs: string;
  };
  readonly resource: {
    readonly type: string;
    readonly properties: string;
    readonly metadata: string;
    readonly dependsOn: string;
    readonly deletionPolicy: string;
    readonly updatePolicy: string;
    readonly description: string;
    readonly externalId: string | undefined;
    readonly condition: string;
  };
  readonly output: {
    readonly description: string;
    readonly value: string;
    readonly condition: string;
  };
}

export const WORDS: Readonly<Record<Dialect, Words>> = {
  hot: {
    sections: {
      description: 'description',
      parameterGroups: 'parameter_groups',
      parameters: 'parameters',
      conditions: 'conditions',
      // HOT has no mappings; Heat keeps this very word for their place.
      mappings: '__undefined__',
      resources: 'resources',
      outputs: 'outputs',
    },
    resource: {
      type: 'type',
      properties: 'properties',
      metadata: 'metadata',
      dependsOn: 'depends_on',
      deletionPolicy: 'deletion_policy',
      updatePolicy: 'update_policy',
      description: 'description',
      externalId: 'external_id',
      condition: 'condition',
    },
    output: { description: 'description', value: 'value', condition: 'condition' },
  },
  cfn: {
    sections: {
      description: 'Description',
      parameterGroups: undefined,
      parameters: 'Parameters',
      conditions: 'Conditions',
      mappings: 'Mappings',
      resources: 'Resources',
      outputs: 'Outputs',
    },
    resource: {
      type: 'Type',
      properties: 'Properties',
      metadata: 'Metadata',
      dependsOn: 'DependsOn',
      deletionPolicy: 'DeletionPolicy',
      updatePolicy: 'UpdatePolicy',
      description: 'Description',
      externalId: undefined,
      condition: 'Condition',
    },
    output: { description: 'Description', value: 'Value', condition: 'Condition' },
  },
};
