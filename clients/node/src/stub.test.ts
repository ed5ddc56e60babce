import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { findCommand } from "./command.js";
import { startStub, type Stub } from "./index.js";

const headers = { Authorization: "access_token" };
let stub: Stub;

before(async () => {
  stub = await startStub({ args: ["--log", "off"] });
});
after(() => stub.stop());

function users(course: string, more: Record<string, string> = {}): Promise<Response> {
  const url = `${stub.url}/ruangkerja/dashboard/courses/${course}/online/users?page=1&pageSize=2`;
  return fetch(url, { headers: { ...headers, ...more } });
}

test("the stub responds at its URL", async () => {
  const response = await users("COURSE-EXAMPLE1");
  assert.equal(response.status, 200);
  const body = (await response.json()) as { data: { items: unknown[] } };
  assert.equal(body.data.items.length, 2);
});

test("requests are listed by their filters, and cleared", async () => {
  await stub.clear();
  await users("COURSE-1", { Prefer: "id=mine" });
  await users("COURSE-2");
  const [first, second] = await stub.requests();
  assert.ok(first && second);
  assert.deepEqual(first.query, { page: ["1"], pageSize: ["2"] });
  assert.equal(first.headers["authorization"], "access_token");
  assert.deepEqual((await stub.requests({ id: "mine" })).map((each) => each.path), [first.path]);
  assert.equal((await stub.requests({ path: "*/COURSE-2/*", status: "2xx" })).length, 1);
  assert.equal((await stub.requests({ after: first.number, since: new Date(0) })).length, 1);
  await stub.clear({ id: "mine" });
  assert.deepEqual((await stub.requests()).map((each) => each.number), [second.number]);
});

test("a scenario holds for the requests with its headers until it is removed", async () => {
  const empty = await stub.use("COURSE-EMPTY", { id: 'a "test"' });
  const total = async (more = {}) => {
    const body = (await (await users("COURSE-3", more)).json()) as { data: { totalItems: number } };
    return body.data.totalItems;
  };
  assert.equal(await total(empty.headers), 0);
  assert.ok((await total()) > 0);
  await empty.remove();
  assert.ok((await total(empty.headers)) > 0);

  const failure = { status: 503, title: "Down", detail: "for a while" };
  const flaky = await stub.use({ when: { courseSerial: "COURSE-4" }, times: 1, failure });
  const statuses = [(await users("COURSE-4")).status, (await users("COURSE-4")).status];
  assert.deepEqual(statuses, [503, 200]);
  await flaky.remove();
});

test("a fault can be seen: in the response, and in the list of requests", async () => {
  const bite = await users("COURSE-ALL-COMPLETED", { Prefer: "fault=status-upper-case; id=bite" });
  assert.match(await bite.text(), /"COMPLETED"/);
  const miss = await users("COURSE-EMPTY", { Prefer: "fault=status-upper-case; id=miss" });
  assert.match(String(miss.headers.get("preference-applied")), /touched=0/);
  const [request] = await stub.requests({ id: "bite" });
  assert.equal(request?.fault, "status-upper-case");
});

test("the data has a shape: those who completed the course learned something", async () => {
  const url = `${stub.url}/ruangkerja/dashboard/courses/COURSE-ALL-COMPLETED/online/users`;
  const body = (await (await fetch(`${url}?page=1&pageSize=100`, { headers })).json()) as {
    data: { items: { preTest: number | null; postTest: number | null; completedAt: string }[] };
  };
  const both = body.data.items.filter(({ preTest, postTest }) => preTest !== null && postTest !== null);
  const gains = both.map(({ preTest, postTest }) => Number(postTest) - Number(preTest));
  assert.ok(gains.filter((gain) => gain > 0).length > 0.8 * both.length);
  assert.ok(body.data.items.every(({ completedAt }) => completedAt !== ""));
});

test("a scenario with mistakes is refused with all of them", async () => {
  const wrong = stub.use({ total: -1, colour: "red" });
  await assert.rejects(wrong, (error: Error) => {
    assert.match(error.message, /^the stub refused PUT \/-\/scenarios\/.*:/);
    assert.match(error.message, /total/);
    assert.match(error.message, /colour/);
    return true;
  });
});

test("an error shows the command, and the last lines of the stub", async () => {
  const wrong = "console.error('Usage: …'); console.error('No such option'); process.exit(2)";
  const command = [process.execPath, "-e", wrong, "--"];
  await assert.rejects(startStub({ command, args: ["--colour"] }), (error: Error) => {
    assert.match(error.message, /^the stub ended with exit code 2 before it responded: .* --colour/);
    assert.match(error.message, /\n {2}Usage: …\n {2}No such option$/);
    return true;
  });
  await assert.rejects(startStub({ command: "/no/such/program" }), /cannot be started, .*ENOENT/);
  const slow = [process.execPath, "-e", "console.error('busy'); setTimeout(() => 0, 60_000)", "--"];
  await assert.rejects(startStub({ command: slow, timeout: 500 }), /did not respond within 500 ms/);
});

test("the stub ends with the process that started it, even if that is killed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "killed-"));
  // Stands for the stub, which ends at the end of its input, too: the client stops it so above.
  const program = `
    console.log("http://127.0.0.1:1");
    process.stdin.resume().on("end", () => require("fs").writeFileSync("ended", ""));`;
  const script = `
    import { startStub } from ${JSON.stringify(new URL("index.js", import.meta.url))};
    await startStub({ command: [process.execPath, "-e", ${JSON.stringify(program)}, "--"] });
    console.log("started");
    setTimeout(() => 0, 60_000);`;
  const parent = spawn(process.execPath, ["--input-type=module", "--eval", script], { cwd: folder });
  await once(parent.stdout, "data");
  parent.kill("SIGKILL");
  for (const end = Date.now() + 20_000; !existsSync(join(folder, "ended")); await pause(20)) {
    assert.ok(Date.now() < end, "it still runs");
  }
});

/** Makes programs that print their arguments, and returns their folder. */
function programs(...names: string[]): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "programs-")));
  for (const name of names) {
    const path = join(folder, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, "#!/bin/sh\necho \"$@\"\necho http://0.0.0.0:8080/base\ncat >&2\n");
    chmodSync(path, 0o755);
  }
  return folder;
}

/** Looks for a command in a folder, and with a PATH that has only this folder. */
async function found(folder: string, options: Parameters<typeof findCommand>[0] = {}) {
  const { PATH } = process.env;
  const here = process.cwd();
  process.env["PATH"] = folder;
  try {
    process.chdir(folder);
    const { program, args } = await findCommand(options);
    return [program.replace(`${folder}/`, ""), ...args].join(" ");
  } finally {
    process.env["PATH"] = PATH;
    process.chdir(here);
  }
}

test("the command is found on the PATH, in a .venv, and by uvx", async () => {
  const own = "mock --port 0 --until-eof";
  assert.equal(await found(programs("ruangkerja", "uvx")), `ruangkerja ${own}`);
  const environment = programs(".venv/bin/ruangkerja", "uvx");
  assert.equal(await found(environment), `.venv/bin/ruangkerja ${own}`);
  const more = { from: "../checkout", port: 80, args: ["--seed", "7"] };
  const given = "mock --port 80 --until-eof --seed 7";
  assert.equal(await found(programs("uvx"), more), `uvx --from ../checkout ruangkerja ${given}`);
  assert.equal(await found(programs(), { command: ["my", "stub"] }), `my stub ${own}`);
});

test("nothing is run that only a name stands for", async () => {
  await assert.rejects(found(programs("docker")), /there is docker, but no `image`\. Install it/);
  await assert.rejects(found(programs()), /there is no `ruangkerja` on the PATH .* pass `command`/);
});

test("a stub in a container is reached at the port that docker publishes", async () => {
  const folder = programs("docker");
  const { PATH } = process.env;
  const here = process.cwd();
  process.chdir(folder);
  process.env["PATH"] = `${folder}:/usr/bin:/bin`;
  try {
    await using stub = await startStub({ image: "ruangkerja:0.1.0", args: ["--seed", "7"] });
    const published = new URL(stub.url).port;
    assert.equal(stub.url, `http://127.0.0.1:${published}/base`);
    const run = `run --rm --interactive --publish 127.0.0.1:${published}:8080 ruangkerja:0.1.0`;
    const inside = "mock --host 0.0.0.0 --port 8080 --until-eof --remote-control --seed 7";
    assert.ok(stub.log.includes(`${run} ${inside}`), stub.log);
  } finally {
    process.env["PATH"] = PATH;
    process.chdir(here);
  }
});
