/** Starts the stub of the Ruangkerja course users API from Node, and controls it. */

export { startStub, Stub } from "./stub.js";
export type { StubOptions } from "./options.js";
export { StubControl } from "./control.js";
export type { RequestFilter, Scenario, ScenarioUse, StubRequest } from "./control.js";
