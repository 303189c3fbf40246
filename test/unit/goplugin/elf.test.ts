import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { elfMachine, foreignArch, interpreterOf } from '../../../src/goplugin/elf.ts';
import { elfFile } from '../../support/elf.ts';

test('the processor of a program is told, and whether it is surely another than this one', () => {
  const cases = [
    [elfFile({ machine: 62 }), 'x64', 'EM_X86_64', undefined],
    [elfFile({ machine: 183 }), 'x64', 'EM_AARCH64', 'arm64'],
    [elfFile({ machine: 3, is64: false }), 'x64', 'EM_386', undefined], // runs there as well
    [elfFile({ machine: 40, is64: false }), 'arm64', 'EM_ARM', undefined],
    [elfFile({ machine: 62 }), 'arm64', 'EM_X86_64', 'amd64'],
    [elfFile({ machine: 22, isLittle: false }), 's390x', 'EM_S390', undefined],
    [elfFile({ machine: 9999 }), 'x64', '9999', undefined],
    [Buffer.from('#!/bin/sh\n'), 'x64', undefined, undefined],
    [Buffer.from('\x7fELF'), 'x64', undefined, undefined],
  ] as const;
  for (const [file, arch, machine, foreign] of cases) {
    assert.equal(elfMachine(file), machine);
    assert.equal(foreignArch(file, arch), foreign);
  }
});

test('the loader of a program and the interpreter of a script are found, in either layout', () => {
  const interpreter = '/lib/ld-of-elsewhere.so.2';
  for (const layout of [{}, { is64: false }, { isLittle: false }, { is64: false, isLittle: false }]) {
    assert.equal(interpreterOf(elfFile({ machine: 62, interpreter, ...layout })), interpreter);
    assert.equal(interpreterOf(elfFile({ machine: 62, ...layout })), undefined);
  }
  assert.equal(interpreterOf(Buffer.from('#! /usr/bin/env python3\nimport x')), '/usr/bin/env');
  assert.equal(interpreterOf(elfFile({ machine: 62, interpreter }).subarray(0, 70)), undefined);
  assert.equal(interpreterOf(Buffer.from('')), undefined);
});

test('of a real program as well', { skip: process.platform !== 'linux' }, () => {
  const head = readFileSync(process.execPath).subarray(0, 4096);
  assert.equal(foreignArch(head, process.arch), undefined);
  assert.match(interpreterOf(head) ?? '', /^\/.*ld.*\.so/);
});
