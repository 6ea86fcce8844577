// The eventsource package: node event_source.js URL TOKEN NAME... with the names of the events to listen to
const { EventSource } = require("eventsource");
const { obey, tell } = require("./teller.js");

const [url, token, ...names] = process.argv.slice(2);
const fetchSignedIn = (input, init) =>
  fetch(input, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });
const source = new EventSource(url, { fetch: fetchSignedIn });

source.addEventListener("error", (error) => tell("error", { code: error.code ?? null, over: source.readyState === 2 }));
for (const name of names) {
  source.addEventListener(name, ({ data }) => {
    const frame = JSON.parse(data);
    const what = "seq" in frame ? "numbered" : "event";
    tell(what, { event: name, seq: frame.seq ?? null, data: frame.data });
  });
}
obey(() => {});
