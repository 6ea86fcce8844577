// A stock socket.io-client: node socket_io.js URL OPTIONS
const { io } = require("socket.io-client");
const { obey, Sequence, tell } = require("./teller.js");

const [url, options] = process.argv.slice(2);
const socket = io(url, JSON.parse(options));
const sequence = new Sequence();

socket.on("connect", () => {
  tell("connect");
  if (sequence.last !== null) socket.emit("resume", { after: sequence.last });
});
socket.on("connect_error", (error) => tell("connect_error", { message: error.message, data: error.data ?? null }));
socket.on("disconnect", (reason) => tell("disconnect", { reason }));
socket.onAny((event, data) => {
  if ("eventId" in data) {
    if (sequence.takes(data.seq)) tell("numbered", { event, seq: data.seq, data });
    return;
  }
  if (event === "connected") sequence.last ??= data.seq;
  tell("event", { event, data });
});
obey(({ event, data }) => ask(event, data));

async function ask(event, data) {
  tell("ack", { event, answer: await socket.emitWithAck(event, data) });
}
