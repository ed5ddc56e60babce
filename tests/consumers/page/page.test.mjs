// Run by `ruangkerja consumer -- node page.test.mjs`. The tests say what holds for any data.
import assert from "node:assert/strict";
import { test } from "node:test";

import { load, Problem, render } from "./page.mjs";

const server = process.env.RUANGKERJA_URL;
const of = (more) => ({ course: "COURSE-EXAMPLE1", page: 1, pageSize: 40, token: "access_token", ...more });

function assertSound(html) {
  assert.deepEqual(html.match(/>(?:NaN|undefined|null|Infinity)<|average gain NaN|Invalid|\[object/g), null);
  assert.deepEqual(html.match(/<(?!\/?(?:p|table|tr|td|a)\b)/g), null);
}

test("every page is shown", async () => {
  const keys = new Set();
  let total;
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const loaded = await load(server, of({ page }));
    assertSound(render(loaded));
    for (const { key } of loaded.users) keys.add(key);
    ({ pages, total } = loaded);
  }
  assert.equal(keys.size, total);
});

test("a page past the end has no users", async () => {
  const { users } = await load(server, of({ page: 9 }));
  assert.equal(users.length, 0);
});

test("a token that is not valid leads to the sign-in", async () => {
  await assert.rejects(load(server, of({ token: "another" })), new Problem("Sign in again."));
});

test("an unknown course is reported, or has no users", async () => {
  try {
    const { users } = await load(server, of({ course: "COURSE-NONE" }));
    assert.equal(users.length, 0);
  } catch (error) {
    assert.ok(error instanceof Problem);
  }
});
