"use strict";
// The tables: courses, users, and who is assigned to what.

const { Database } = require("node-sqlite3-wasm");

const NAMES = ["Siti Rahma", "Dewi Nur'aini", 'Budi "Bud" Santoso', "José Álvarez", "测试 用户", "Ni Luh 🌺"];
const STATUSES = ["not_started", "completed", "expired", "failed", "in_progress"];
const START = Date.UTC(2022, 6, 22, 1);

const db = new Database(":memory:");
db.exec(`
  CREATE TABLE courses (id INTEGER PRIMARY KEY, serial TEXT NOT NULL UNIQUE);
  CREATE TABLE users (id INTEGER PRIMARY KEY, serial TEXT NOT NULL UNIQUE, name TEXT NOT NULL, employee_id TEXT NOT NULL);
  CREATE TABLE enrolments (
    id INTEGER PRIMARY KEY,
    course_id INTEGER NOT NULL REFERENCES courses (id),
    user_id INTEGER NOT NULL REFERENCES users (id),
    status TEXT NOT NULL, pre_test REAL, post_test REAL, time_spent INTEGER NOT NULL,
    last_access INTEGER NOT NULL, completed_at INTEGER
  );
  CREATE INDEX enrolments_by_course ON enrolments (course_id, id);
`);

let people = 0;

function enrol(course, count) {
  const user = db.prepare("INSERT INTO users VALUES (?, ?, ?, ?)");
  const enrolment = db.prepare("INSERT INTO enrolments VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)");
  db.exec("BEGIN");
  for (let added = 0; added < count; added++) {
    const number = ++people;
    const status = STATUSES[number % STATUSES.length];
    const started = status !== "not_started";
    const scored = status === "completed" || status === "failed";
    const at = START + number * 60_000;
    user.run([number, `N${String((number * 7919) % 999983).padStart(6, "0")}`, `${NAMES[number % NAMES.length]} ${number}`, `E-${number}`]);
    enrolment.run([
      course, number, status,
      started ? number % 101 : null,
      scored ? 62.5 : null,
      started ? number * 3 : 0,
      at,
      status === "completed" ? at : null,
    ]);
  }
  db.exec("COMMIT");
  user.finalize();
  enrolment.finalize();
}

function fill(courses) {
  courses.forEach(([serial, count], index) => {
    db.run("INSERT INTO courses VALUES (?, ?)", [index + 1, serial]);
    enrol(index + 1, count);
  });
}

module.exports = { db, enrol, fill };
