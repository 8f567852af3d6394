import type { Context } from '../context.ts';
import type { Column } from '../table.ts';

/** The column that tells whose a thing is; only where things of several projects are shown. */
export const projectColumn = <Item>(
  { allProjects, cloud }: Context,
  projectOf: (item: Item) => string,
): readonly Column<Item>[] =>
  allProjects
    ? [
        {
          title: 'Project',
          cell: (item) => cloud.projectName(projectOf(item)),
          sort: (item) => cloud.projectName(projectOf(item)),
        },
      ]
    : [];
