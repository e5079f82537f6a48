import { describe, expect, it } from "vitest";
import { judgeVersions } from "./centrifugo.js";

describe("judgeVersions", () => {
  it.each([
    [["6.9.2"], "ok"],
    [["6.9.6 OSS"], "ok"],
    [["6.9.6 embedded"], "ok"],
    [["6.10.0", "6.10.0"], "ok"],
    [["6.9.1"], "warning"],
    [["6.8.9"], "warning"],
    [["6.0.0"], "warning"],
    [["6.9.6", "6.9.1"], "warning"],
    [["0.0.0"], "warning"],
    [["6.9.6", "a custom build"], "warning"],
    [["5.4.9"], "wrong"],
    [["7.0.0"], "wrong"],
    [["6.9.6", "5.4.9"], "wrong"],
  ])("%j is %s", (versions, status) => {
    expect(judgeVersions(versions)).toMatchObject({ status });
  });

  it("reports every version and how to upgrade", () => {
    expect(judgeVersions(["6.9.1", "6.9.6", "6.9.1"])).toEqual({
      status: "warning",
      message: "3 nodes have version 6.9.1, 6.9.6: before 6.9.2 a client can exhaust its memory",
      fixes: [{ where: "command", line: "docker pull centrifugo/centrifugo:v6" }],
    });
  });
});
