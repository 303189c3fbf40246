/** The tests that a new project begins with. */
import '../../../../src/commands/plugin/template/apm/test/plugin.test.ts';
import '../../../../src/commands/plugin/template/strategy/test/plugin.test.ts';
import '../../../../src/commands/plugin/template/target/test/plugin.test.ts';
