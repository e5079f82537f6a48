import { ok, wrong, type Check } from "../check.js";
import { UnreachableError } from "../http.js";
import { command, recommended, variable } from "../mends.js";

/** Source: https://centrifugal.dev/docs/server/server_api */
export const api: Check = {
  id: "api",
  title: "HTTP API",
  needs: [],
  async run(session) {
    const url = session.config.centrifugoApiUrl;
    try {
      const { status, json } = await session.info();
      if (status === 401) {
        return wrong(
          `${url} refuses the API key`,
          variable("centrifugoApiKey", "<http_api.key of Centrifugo>"),
          recommended("http_api.key", session.config),
        );
      }
      if (status !== 200 || typeof json !== "object" || json === null || !("result" in json)) {
        return wrong(
          `${url} is not Centrifugo's API: POST ${url}/info gave HTTP status ${status}`,
          variable("centrifugoApiUrl", "http://localhost:8000/api"),
        );
      }
      return ok(`${url} takes the API key`);
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      return wrong(
        `${url} cannot be reached: ${error.message}`,
        command("centrifugo --config centrifugo.json"),
        variable("centrifugoApiUrl", "http://localhost:8000/api"),
      );
    }
  },
};
