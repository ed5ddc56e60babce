// A page that lists the users of a course: what it requests, and what it shows.
const ATTEMPTS = 3;
const PASSING = new Set([429, 500, 502, 503, 504]);
const LONGEST_WAIT = 5;

export class Problem extends Error {}

const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

async function request(url, token) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await fetch(url, { headers: { Authorization: token, Accept: "application/json", "Content-Type": "application/json" } });
      const body = await response.json();
      if (!PASSING.has(response.status) || attempt === ATTEMPTS) return { status: response.status, type: response.headers.get("content-type"), body };
      await pause(Math.min(Number(response.headers.get("retry-after")) || 0.1, LONGEST_WAIT));
    } catch (error) {
      if (attempt === ATTEMPTS) throw new Problem("The server cannot be reached.", { cause: error });
    }
  }
}

export async function load(server, { course, page, pageSize, token }) {
  const path = `/ruangkerja/dashboard/courses/${encodeURIComponent(course)}/online/users`;
  const { status, type, body } = await request(`${server}${path}?page=${page}&pageSize=${pageSize}`, token);
  if (!/^application\/json\b/i.test(type)) throw new Problem("The server does not send JSON.");
  if (status === 401 || status === 403) throw new Problem("Sign in again.");
  if ((status === 404 || status === 400) && page > 1) return { users: [], total: 0, pages: 0 };
  if (status === 404) throw new Problem("There is no such course.");
  if (status !== 200) throw new Problem("Something went wrong.");
  const { items, totalItems, totalPage } = body.data;
  return { users: items.map(shown), total: totalItems, pages: totalPage };
}

export function shown({ user, preTest, postTest, lastAccessMission, status }) {
  return {
    key: user.serial,
    name: user.name || "(no name)",
    score: postTest === null ? "–" : postTest.toFixed(1),
    gain: preTest === null || postTest === null ? null : postTest - preTest,
    seen: moment(lastAccessMission),
    status,
  };
}

function moment(text) {
  // Date does not know the leap seconds that RFC 3339 allows.
  const date = new Date(text.toUpperCase().replace(/:60(?=[.Z+-])/, ":59"));
  return date.toISOString().slice(0, 10);
}

export function average(users) {
  const gains = users.map(({ gain }) => gain).filter((gain) => gain !== null);
  if (gains.length === 0) return "–";
  return (gains.reduce((sum, gain) => sum + gain, 0) / gains.length).toFixed(1);
}

const escaped = (text) => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

export function render({ users, total }) {
  const rows = users.map(
    ({ key, name, score, seen, status }) =>
      `<tr><td><a href="/users/${encodeURIComponent(key)}">${escaped(name)}</a></td><td>${score}</td><td>${seen}</td><td>${status}</td></tr>`,
  );
  return `<p>${total} users, average gain ${average(users)}</p><table>${rows.join("")}</table>`;
}
