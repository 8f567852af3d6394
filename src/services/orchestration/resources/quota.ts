import type { ServiceName } from '../../operation.ts';
import type { Properties } from './property.ts';
import { invalid, isFault, physicalName, show, textIn, type Body } from './requests.ts';
import { named, REQUIRED } from './shapes.ts';
import type { ResourceType, Step } from './type.ts';

/** A type that sets the limits of a project in one service. */
export function quotaType(noun: {
  readonly name: string;
  readonly description: string;
  readonly service: ServiceName;
  /** Of requests and answers: `quota`. */
  readonly member: string;
  readonly limits: Properties;
  pathOf(project: string): string;
}): ResourceType {
  const { service, member, limits } = noun;
  const pathIn = (step: Step): string => noun.pathOf(textIn(step.properties, 'project') ?? '');
  const put = async (step: Step): Promise<void> => {
    const body: Body = {};
    for (const name of Object.keys(limits)) {
      const value = step.properties[name];
      if (value !== undefined && value !== null) body[name] = value;
    }
    await step.cloud.request(service, 'PUT', pathIn(step), { body: { [member]: body } });
  };
  return {
    name: noun.name,
    description: noun.description,
    support: { version: '8.0.0' },
    properties: { project: named('keystone.project', 'The project.', REQUIRED), ...limits },
    attributes: {},
    validate(properties) {
      if (!Object.keys(limits).some((name) => properties[name] !== undefined))
        throw invalid(`Give at least one of ${Object.keys(limits).join(', ')}.`);
    },
    async create(step) {
      await put(step);
      await step.save({ physicalId: physicalName(step) });
    },
    update: put,
    async delete(step) {
      if (step.physicalId === null) return;
      try {
        await step.cloud.request(service, 'DELETE', pathIn(step));
      } catch (error) {
        if (!isFault(error, 'notFound')) throw error;
      }
    },
    async check(step) {
      await show(step, service, pathIn(step), undefined);
    },
    describe: (step) => show(step, service, pathIn(step), `${member}`),
  };
}
