// A reporter of node:test that writes one JSON line per finished test, for the sums and for the conformance report.
export default async function* results(source) {
  for await (const event of source) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { name, file, details, skip, todo } = event.data;
    if (details?.type === 'suite' || name === file) continue;
    const left = skip !== undefined && skip !== false;
    const verdict = event.type === 'test:fail' ? 'failed' : left || todo ? 'skipped' : 'passed';
    yield `${JSON.stringify({ name, file, verdict, ...(left ? { why: skip === true ? '' : skip } : {}) })}\n`;
  }
}
