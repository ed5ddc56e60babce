// How a frontend uses the types that openapi-typescript makes of the contract. This file has to
// compile; and since an unused `@ts-expect-error` is an error, what it marks has to be refused.
import type { components, operations } from "./generated/contract";

type Item = components["schemas"]["OnlineCourseUser"];
type Status = Item["status"];
type Page =
  operations["listOnlineCourseUsers"]["responses"][200]["content"]["application/json"];
type Failure =
  operations["listOnlineCourseUsers"]["responses"][403]["content"]["application/json"];
type Query = operations["listOnlineCourseUsers"]["parameters"]["query"];

// The two types are the same, neither wider nor narrower.
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2
  ? true
  : false;
function same<A, B>(_: Same<A, B>): void {}

same<Item["postTest"], number | null>(true);
same<Item["preTest"], number | null>(true);
same<Status, "not_started" | "completed" | "expired" | "failed" | "in_progress">(true);
same<Page["status"], "success">(true);
same<Query, { page: number; pageSize: number }>(true);
same<keyof Failure, "errorCode" | "message" | "detail">(true);

export const notStarted: Item = {
  user: { serial: "JOHNILXV3QAJJEL3", name: "John Doe", employeeID: "EMPLY001" },
  postTest: null,
  preTest: null,
  timeSpent: 0,
  lastAccessMission: "2022-07-22T01:00:00.000Z",
  completedAt: "",
  status: "not_started",
};

export function score(item: Item): string {
  // @ts-expect-error a score may be null, and has to be asked for that first
  item.postTest.toFixed(1);
  return item.postTest === null ? "–" : item.postTest.toFixed(1);
}

export function label(status: Status): string {
  switch (status) {
    case "not_started":
      return "Not started";
    case "in_progress":
      return "In progress";
    case "completed":
      return "Completed";
    case "failed":
      return "Failed";
    case "expired":
      return "Expired";
  } // every value has a case, or this function would lack a return
}

// @ts-expect-error the values are spelled as the contract has them
export const misspelled: Status = "notStarted";

// @ts-expect-error the empty string stands for a missing date, null does not
export const noDate: Item["completedAt"] = null;

// @ts-expect-error a member that may be null may not be left out
export const leftOut: Pick<Item, "postTest" | "status"> = { status: "failed" };

// @ts-expect-error both parameters are required
export const query: Query = { page: 1 };
