export { createTestClient } from "./test-client.js";
export type { ClientClass, TestableClient, TestClientOptions } from "./test-client.js";
