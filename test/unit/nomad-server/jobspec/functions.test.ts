/** The functions of job files, each by an example. Source: spec jobspec.md §1.2. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJob } from '../../../../src/nomad-server/jobspec/parse.ts';
import { refusal } from '../../../support/job-file.ts';

/** The value of an expression, as the JSON text of it. */
function evaluated(expression: string): string {
  const text = `job "a" {\n meta = {\n x = jsonencode(${expression})\n }\n}`;
  const { Meta } = parseJob({ JobHCL: text }) as { readonly Meta: Readonly<Record<string, string>> };
  return Meta['x'] ?? '';
}

const examples: Readonly<Record<string, string>> = {
  'lower("AbC")': '"abc"',
  'title("hello big world")': '"Hello Big World"',
  'trim("--a-b--", "-")': '"a-b"',
  'trimprefix("v1.2", "v")': '"1.2"',
  'trimsuffix("a.hcl", ".hcl")': '"a"',
  'trimspace("  a ")': '"a"',
  'chomp("a\\n\\n")': '"a"',
  'indent(2, "a\\nb")': '"a\\n  b"',
  'replace("a-b-c", "-", "_")': '"a_b_c"',
  'regex_replace("ab12", "([a-z]+)(\\\\d+)", "$${2}$1")': '"12ab"',
  'strlen("aé")': '2',
  'strrev("abc")': '"cba"',
  'substr("hello", 1, 3)': '"ell"',
  'substr("hello", -3, -1)': '"llo"',
  'split(",", "a,b")': '["a","b"]',
  'join("-", ["a", "b"], ["c"])': '"a-b-c"',
  'format("%5.1f|%-3s|%x|%q|%%|%v", 3.14159, "a", 255, "b", [1])': '"  3.1|a  |ff|\\"b\\"|%|[1]"',
  'formatlist("%s-%s", "a", ["b", "c"])': '["a-b","a-c"]',
  'urlencode("a b&c")': '"a+b%26c"',
  'coalesce("", null, "a")': '"a"',
  'abs(-2)': '2',
  'ceil(1.2)': '2',
  'floor(-1.2)': '-2',
  'log(8, 2)': '3',
  'pow(2, 10)': '1024',
  'signum(-7)': '-1',
  'max(1, 3, 2)': '3',
  'min(4, 3)': '3',
  'parseint("ff", 16)': '255',
  'length({ a = 1, b = 2 })': '2',
  'concat([1], [2, 3])': '[1,2,3]',
  'contains(["a"], "a")': 'true',
  'element(["a", "b"], 3)': '"b"',
  'flatten([[1], [2, [3]]])': '[1,2,3]',
  'index(["a", "b"], "b")': '1',
  'keys({ b = 1, a = 2 })': '["a","b"]',
  'values({ b = 1, a = 2 })': '[2,1]',
  'lookup({ a = 1 }, "b", 5)': '5',
  'merge({ a = 1 }, { a = 2, b = 3 })': '{"a":2,"b":3}',
  'zipmap(["a", "b"], [1, 2])': '{"a":1,"b":2}',
  'range(3)': '[0,1,2]',
  'range(1, 7, 3)': '[1,4]',
  'reverse([1, 2])': '[2,1]',
  'slice([1, 2, 3], 1, 2)': '[2]',
  'sort(["b", "a"])': '["a","b"]',
  'distinct([1, 1, 2])': '[1,2]',
  'compact(["", "a"])': '["a"]',
  'coalescelist([], [1])': '[1]',
  'chunklist([1, 2, 3], 2)': '[[1,2],[3]]',
  'setintersection(["a", "b"], ["b", "c"])': '["b"]',
  'setunion(["a"], ["a", "b"])': '["a","b"]',
  'setproduct(["a", "b"], ["c"])': '[["a","c"],["b","c"]]',
  'jsondecode("{\\"a\\": [1]}")': '{"a":[1]}',
  'csvdecode("a,b\\n1,\\"x, y\\"\\n")': '[{"a":"1","b":"x, y"}]',
  'base64encode("hi")': '"aGk="',
  'base64decode("aGk=")': '"hi"',
  'substr(sha256("a"), 0, 8)': '"ca978112"',
  'substr(sha512("a"), 0, 8)': '"1f40fc92"',
  'cidrhost("10.1.2.0/24", 5)': '"10.1.2.5"',
  'cidrhost("10.1.2.0/24", -1)': '"10.1.2.255"',
  'cidrhost("fd00::/64", 34)': '"fd00::22"',
  'cidrnetmask("172.16.0.0/12")': '"255.240.0.0"',
  'cidrsubnet("10.0.0.0/16", 8, 2)': '"10.0.2.0/24"',
  'cidrsubnets("10.0.0.0/16", 4, 8)': '["10.0.0.0/20","10.0.16.0/24"]',
  'timeadd("2020-01-01T00:00:00Z", "90m")': '"2020-01-01T01:30:00Z"',
  'formatdate("DD MMM YYYY hh:mm", "2020-03-05T07:08:09Z")': '"05 Mar 2020 07:08"',
  'contains([9007199254740993], "9007199254740993")': 'false',
  'try(upper(null), "else")': '"else"',
  'can(parseint("x", 10))': 'false',
  'convert("5", number)': '5',
};

for (const [expression, expected] of Object.entries(examples)) {
  test(`${expression} is ${expected}`, () => assert.equal(evaluated(expression), expected));
}

test('a call that fails says why, and of which argument', () => {
  assert.match(
    refusal(() => evaluated('upper([])')),
    /Invalid value for "str" parameter: string required/,
  );
  assert.match(
    refusal(() => evaluated('lookup({}, "b")')),
    /Call to function "lookup" failed: lookup failed to find key "b"/,
  );
});
