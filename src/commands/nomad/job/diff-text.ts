/** What changes between two versions of a job, as `job plan` and `job history -p` show it. */
import type { DiffType, FieldDiff, JobDiff, ObjectDiff, TaskDiff, TaskGroupDiff } from '../../../nomad/plan-types.ts';

export interface DiffOptions {
  /** Also what stays as it is. */
  readonly isVerbose?: boolean;
}

const marks: Readonly<Record<DiffType, string>> = { None: '', Added: '+ ', Deleted: '- ', Edited: '+/- ' };
/** The width of the marks' column: `+/- `. */
const markWidth = 4;

export function jobDiffText(diff: JobDiff, { isVerbose = false }: DiffOptions): string {
  const lines = [`${marks[diff.Type]}Job: "${diff.ID}"`];
  const isWhole = diff.Type === 'Added' || diff.Type === 'Deleted';
  if (diff.Type === 'Edited' || isVerbose) lines.push(...partLines(diff, 0));
  const groups = (diff.TaskGroups ?? []).map((group) => groupLines(group, { isVerbose, isWhole }).join('\n'));
  if (groups.length > 0) lines.push(groups.join('\n\n'));
  return lines.join('\n');
}

interface Showing {
  readonly isVerbose: boolean;
  /** The job is new, or gone: its parts are not listed. */
  readonly isWhole: boolean;
}

const updateNames = ['create', 'destroy', 'ignore'];

function groupLines(group: TaskGroupDiff, showing: Showing): readonly string[] {
  const counts = Object.entries(group.Updates ?? {}).sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const updates = counts.map(([what, count]) => `${count} ${what}`).join(', ');
  const head = `${marks[group.Type]}Task Group: "${group.Name}"${updates === '' ? '' : ` (${updates})`}`;
  const parts = group.Type === 'Edited' || showing.isVerbose ? partLines(group, 2) : [];
  return [head, ...parts, ...(group.Tasks ?? []).flatMap((task) => taskLines(task, showing, group.Type))];
}

const rank = (name: string): number => updateNames.indexOf(name);

function taskLines(task: TaskDiff, { isVerbose }: Showing, groupType: DiffType): readonly string[] {
  const notes = task.Annotations ?? [];
  const note = notes.length === 0 ? '' : ` (${notes.join(', ')})`;
  const mark = task.Type === 'None' && groupType === 'Edited' ? ' '.repeat(markWidth) : marks[task.Type];
  const head = `  ${mark}Task: "${task.Name}"${note}`;
  const isListed = task.Type === 'Edited' || (isVerbose && task.Type !== 'None');
  return isListed ? [head, ...partLines(task, 4)] : [head];
}

/** Fields, then objects; their marks end in one column. */
function partLines(
  part: { readonly Fields: readonly FieldDiff[] | null; readonly Objects: readonly ObjectDiff[] | null },
  indent: number,
): readonly string[] {
  const fields = part.Fields ?? [];
  const objects = part.Objects ?? [];
  const all = [...fields, ...objects];
  const widestMark = Math.max(0, ...all.map(({ Type }) => marks[Type].length));
  const widestName = Math.max(0, ...fields.map(({ Name }) => Name.length));
  const mark = (type: DiffType) => ' '.repeat(indent) + marks[type].padStart(widestMark);
  return [
    ...fields.map(
      (field) => `${mark(field.Type)}${field.Name}: ${' '.repeat(widestName - field.Name.length)}${change(field)}`,
    ),
    ...objects.flatMap((object) => [
      `${mark(object.Type)}${object.Name} {`,
      ...partLines(object, indent + 2),
      `${' '.repeat(indent + widestMark)}}`,
    ]),
  ];
}

function change({ Type, Old, New, Annotations }: FieldDiff): string {
  const note = (Annotations ?? []).length === 0 ? '' : ` (${(Annotations ?? []).join(', ')})`;
  if (Type === 'Added' || Type === 'None') return `"${New}"${note}`;
  return Type === 'Deleted' ? `"${Old}"${note}` : `"${Old}" => "${New}"${note}`;
}
