// The types of an item in the clients that four generators make of the contract. The clients are
// compiled, too; openapi-generator makes a Date of a date-time, the others leave it a string.
import type { OnlineCourseUser as OfGenerator } from "./generated/generator";
import type { OnlineCourseUser as OfHeyApi } from "./generated/heyapi";
import type { OnlineCourseUser as OfOrval } from "./generated/orval";
import type { components } from "./generated/types";

type Item<Instant> = {
  user: { serial: string; name: string; employeeID: string };
  postTest: number | null;
  preTest: number | null;
  timeSpent: number;
  lastAccessMission: Instant;
  completedAt: string;
  status: "not_started" | "completed" | "expired" | "failed" | "in_progress";
};

// The names of the members whose types differ, in either direction. Each is compared by itself.
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2
  ? true
  : false;
type Plain<T> = T extends Date ? T : T extends object ? { [M in keyof T]: Plain<T[M]> } : T;
type Different<A, B> = {
  [M in keyof A | keyof B]: M extends keyof A & keyof B
    ? Same<Plain<A[M]>, Plain<B[M]>> extends true
      ? never
      : M
    : M;
}[keyof A | keyof B];
function none<_ extends never>(): void {}

none<Different<components["schemas"]["OnlineCourseUser"], Item<string>>>();
none<Different<OfHeyApi, Item<string>>>();
none<Different<OfOrval, Item<string>>>();
none<Different<OfGenerator, Item<Date>>>();
