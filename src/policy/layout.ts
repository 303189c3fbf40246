/** What stands at the top of a policy file: scaling blocks and nothing else. */
import { formatPlace, type Report } from '../lib/source.ts';
import type { Block, Body } from '../schema/document.ts';

export interface ScalingBlocks {
  /** The first of each name, in document order. */
  readonly byName: ReadonlyMap<string, Block>;
  /** Names that more than one block has. Which of them is meant cannot be known. */
  readonly repeated: ReadonlySet<string>;
}

/** @returns undefined after reporting something that does not belong there. */
export function scalingBlocks(body: Body, report: Report): ScalingBlocks | undefined {
  let isSound = true;
  const { attributes, blocks } = body.content(topLevel, (one) => {
    isSound = false;
    report(one);
  });
  const stray = blocks.find((one) => one.type !== 'scaling');
  const [attribute] = attributes.values();
  const range = attribute?.nameRange ?? stray?.range;
  if (range !== undefined) report({ severity: 'error', ...oldLayout, range });
  if (range !== undefined || !isSound) return undefined;

  const byName = new Map<string, Block>();
  const repeated = new Set<string>();
  for (const block of blocks) {
    const [name = ''] = block.labels;
    const earlier = byName.get(name);
    if (earlier === undefined) byName.set(name, block);
    else {
      repeated.add(name);
      const detail = `A policy "${name}" is already defined at ${formatPlace(earlier.range)}; give one of them another name.`;
      report({ severity: 'error', summary: 'Duplicate scaling block', detail, range: block.range });
    }
  }
  return { byName, repeated };
}

/** Asks for the arguments of a policy too, so that the layout that had them at the top is one error and not four. */
const topLevel = {
  attributes: ['enabled', 'min', 'max'],
  blocks: [
    { type: 'scaling', labels: ['name'] },
    { type: 'policy', labels: [] },
  ],
  advice: {
    job: 'This is a job: policies in it are taken from Nomad, once it is registered there.',
    check: 'It belongs into policy { … } of a scaling block.',
    target: 'It belongs into policy { … } of a scaling block.',
    apm: 'It belongs into the configuration of the agent.',
    nomad: 'It belongs into the configuration of the agent.',
  },
};

const oldLayout = {
  summary: 'Policy outside of a scaling block',
  detail:
    'This is the layout from before version 0.2. Put everything into scaling "name" { … }, and write check "name" { … }, strategy "plugin" { … } and target "plugin" { … } with their settings inside, without name and config.',
};
