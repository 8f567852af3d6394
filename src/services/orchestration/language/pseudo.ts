import type { Value } from './value.ts';
import type { Version } from './versions.ts';

/** What every template of a stack may ask for without declaring it. */
export interface StackIdentity {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  /** The stack as an ARN, for CFN's `AWS::StackId`. */
  readonly arn: string;
  readonly region: string;
}

/** What Heat says the region is, whatever it is: templates look it up in tables of Amazon's regions. */
const REGION = 'ap-southeast-1';

/** The pseudo parameters of a dialect. */
export const pseudoParameters = (
  { dialect }: Version,
  { id, name, project, arn }: StackIdentity,
): Readonly<Record<string, Value>> =>
  dialect === 'hot'
    ? { 'OS::stack_id': id, 'OS::stack_name': name, 'OS::project_id': project }
    : { 'AWS::StackId': arn, 'AWS::StackName': name, 'AWS::Region': REGION };
