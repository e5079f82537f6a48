// Calls the tasks example with the generated TypeScript client: tsx call.ts URL TOKEN USER
import { APIClient, CentrifugoRPCClient, RPCError } from "./generated/typescript/src/index.js";

const [url = "", token = "", userId = ""] = process.argv.slice(2);
const rpc = new CentrifugoRPCClient(url, token, userId);
const api = new APIClient(rpc);
await rpc.connect();

const stats = await api.tasksGetStats({ user_id: "123" });
console.log(`tasks.get_stats → ${stats.total} tasks, ${stats.pending} pending`);

const task = await api.tasksCreate({ title: "Try TypeScript", priority: "high" });
console.log(`tasks.create    → task ${task.id}, ${task.priority}: ${task.title}`);

const completed = await api.tasksComplete({ id: task.id });
console.log(`tasks.complete  → completed: ${completed.completed}`);

try {
  await api.tasksComplete({ id: 1 });
} catch (error) {
  if (!(error instanceof RPCError)) throw error;
  console.log(`tasks.complete  → refused with ${error.code}: ${error.message}`);
}

const report = await api.tasksReport({ seconds: 4 });
console.log(`tasks.report    → after 4 s, on user#${userId}: ${report.lines.join("; ")}`);

rpc.disconnect();
