"use strict";
// The endpoint with Express and SQLite, as a team that writes JavaScript would write it.
//
//     node server.js TOKEN [SERIAL=USERS ...]
//
// Says on which port of the loopback interface it listens. Reads `enrol N` from standard input, does
// that, answers `done`, and ends with its input. The environment variable BUG names one of the
// mistakes below, which is then made.

const express = require("express");
const readline = require("node:readline");
const { db, enrol, fill } = require("./database.js");

const BUG = process.env.BUG ?? "";
const [token, ...courses] = process.argv.slice(2);
const MOST = 100;
const DIGITS = /^[0-9]+$/;

class ApiError extends Error {
  constructor(status, code, text) {
    super(text);
    Object.assign(this, { status, code });
  }
}

const app = express();
app.disable("x-powered-by");
app.disable("etag");

// Bodies

if (BUG === "empty_body_is_parsed") {
  // What says that it is JSON is read as JSON: a GET has nothing to read.
  app.use(express.text({ type: "application/json" }), (req, res, next) => {
    if (req.is("application/json") || req.get("content-type") === "application/json") {
      try {
        req.body = JSON.parse(req.body);
      } catch {
        throw new ApiError(400, "InvalidArgument", "Body is not JSON");
      }
    }
    next();
  });
} else {
  app.use(express.json());
}

// The token

function authenticate(req, res, next) {
  const given = req.get("authorization");
  if (BUG === "missing_token_passes") {
    if (given && given !== token) throw new ApiError(403, "PermissionDenied", "Token is not valid");
    return next();
  }
  if (given === undefined) throw new ApiError(401, "Unauthenticated", "Token is missing");
  if (BUG === "token_by_its_beginning" ? !given.startsWith(token) : given !== token) {
    throw new ApiError(403, "PermissionDenied", "Token is not valid");
  }
  next();
}

// Parameters

function integer(name, value, most) {
  if (BUG === "parse_int") value = String(Number.parseInt(value, 10));
  if (BUG === "number_or_default") return Number(value) || (name === "page" ? 1 : 10);
  if (typeof value !== "string" || !DIGITS.test(value)) {
    throw new ApiError(400, "InvalidArgument", `${name} is not valid`);
  }
  if (BUG === "compared_as_text" && name === "pageSize") {
    if (value > String(most) || value < "1") throw new ApiError(400, "InvalidArgument", `${name} is not valid`);
  } else if (Number(value) < 1 || Number(value) > most) {
    throw new ApiError(400, "InvalidArgument", `${name} is not valid`);
  }
  return Number(value);
}

// The list

const cache = new Map();

function users(req, res) {
  const { page: pageText, pageSize: sizeText } = req.query;
  let page = integer("page", pageText, Infinity);
  const size = integer("pageSize", sizeText, MOST);

  const key = BUG === "cache_without_the_course" ? `${page}/${size}` : null;
  if (key && cache.has(key)) return res.json(cache.get(key));

  // The driver of SQLite reads a text only up to a NUL.
  const course = req.params.serial.includes("\0") ? undefined : find(req.params.serial);
  if (!course) throw new ApiError(404, "NotFound", "Course is not found");

  const { total } = db.get("SELECT count(*) AS total FROM enrolments WHERE course_id = ?", [course.id]);
  let pages = Math.ceil(total / size);
  if (BUG === "pages_are_a_fraction") pages = total / size;
  if (BUG === "pages_rounded") pages = Math.round(total / size);
  if (BUG === "past_the_end_is_the_last_page") page = Math.min(page, pages);

  let offset = (page - 1) * size;
  if (BUG === "offset_by_precedence") offset = page - 1 * size;
  if (BUG === "text_is_added_up") offset = Number(pageText) === 1 ? 0 : Number(pageText - 1 + sizeText);
  let rows = [];
  if (offset < total) {
    rows = db.all(
      `SELECT e.*, u.serial, u.name, u.employee_id
         FROM enrolments e JOIN users u ON u.id = e.user_id
        WHERE e.course_id = ? ORDER BY e.id LIMIT ? OFFSET ?`,
      [course.id, size, Math.max(0, offset)],
    );
  }
  if (BUG === "slice_ends_early") rows = rows.slice(0, size - 1);

  const body = {
    status: "success",
    message: "Success",
    data: { currentPage: page, totalItems: total, totalPage: pages, items: rows.map(item) },
  };
  if (key) cache.set(key, body);
  res.json(body);
}

function find(serial) {
  if (BUG === "sql_put_together") return db.get(`SELECT id FROM courses WHERE serial = '${serial}'`);
  return db.get("SELECT id FROM courses WHERE serial = ?", [serial]);
}

function item(row) {
  let completedAt = row.completed_at === null ? "" : new Date(row.completed_at).toISOString().slice(0, 10);
  if (BUG === "null_is_a_date") completedAt = new Date(row.completed_at).toISOString().slice(0, 10);
  if (BUG === "date_of_the_locale" && completedAt) completedAt = new Date(row.completed_at).toLocaleDateString("en-US");
  let { pre_test: preTest, post_test: postTest } = row;
  if (BUG === "scores_to_fixed") {
    preTest = preTest?.toFixed(1) ?? null;
    postTest = postTest?.toFixed(1) ?? null;
  }
  if (BUG === "undefined_is_left_out") preTest = preTest ?? undefined;
  return {
    user: { serial: row.serial, name: row.name, employeeID: row.employee_id },
    postTest,
    preTest,
    timeSpent: row.time_spent,
    lastAccessMission: BUG === "time_as_number" ? row.last_access : new Date(row.last_access).toISOString(),
    completedAt,
    status: row.status,
  };
}

// Routes and failures

const PATH = "/ruangkerja/dashboard/courses/:serial/online/users";
if (BUG === "any_method") {
  app.all(PATH, authenticate, users);
} else {
  app.get(PATH, authenticate, users);
  app.all(PATH, (req, res) => {
    res.set("Allow", "GET, HEAD");
    throw new ApiError(405, "Unimplemented", "Method is not allowed");
  });
}

if (BUG !== "page_of_the_framework") {
  app.use(() => {
    throw new ApiError(404, "NotFound", "There is no such path");
  });
  app.use((error, req, res, next) => {
    const status = error.status ?? 500;
    const code = error instanceof ApiError ? error.code : status < 500 ? "InvalidArgument" : "Internal";
    const message = `rpc error: code = ${code} desc = ${status < 500 ? error.message : "Something went wrong"}`;
    res.status(status).json({ errorCode: status, message, detail: message });
  });
}

// At work

fill(courses.map((argument) => argument.split("=")).map(([serial, count]) => [serial, Number(count)]));
const listener = app.listen(0, "127.0.0.1", () => {
  console.log(`listening on ${listener.address().port}`);
});
readline
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    enrol(1, Number(line.split(" ")[1]));
    console.log("done");
  })
  .on("close", () => process.exit(0));
