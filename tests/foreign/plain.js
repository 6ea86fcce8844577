// The ws package against the plain WebSocket: node plain.js URL. It comes back 50 ms after it was cut.
const { WebSocket } = require("ws");
const { obey, Sequence, tell } = require("./teller.js");

const sequence = new Sequence();
let socket;

function connect() {
  socket = new WebSocket(process.argv[2]);
  socket.on("open", () => {
    tell("connect");
    if (sequence.last !== null) send({ type: "resume", after: sequence.last });
  });
  socket.on("message", (text) => {
    const frame = JSON.parse(text);
    if (frame.type === "connected") sequence.last ??= frame.seq;
    else if ("seq" in frame) {
      if (sequence.takes(frame.seq)) tell("numbered", { event: frame.type, seq: frame.seq, data: frame.data });
      return;
    }
    tell(frame.type === "ack" ? "ack" : "event", { event: frame.type, answer: frame.data, id: frame.id ?? null });
  });
  socket.on("error", () => {});
  socket.on("close", (code) => {
    tell("disconnect", { code });
    if (code === 1006) setTimeout(connect, 50);
  });
}

const send = (frame) => socket.send(JSON.stringify(frame));
obey(send);
connect();
