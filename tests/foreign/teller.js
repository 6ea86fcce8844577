// What a client hears goes to standard output, one JSON object a line; what it is to do comes the same way.
const readline = require("node:readline");

exports.tell = (what, more) => process.stdout.write(JSON.stringify({ what, ...more }) + "\n");

exports.obey = (act) => {
  const lines = readline.createInterface({ input: process.stdin });
  lines.on("line", (line) => act(JSON.parse(line)));
  lines.on("close", () => process.exit(0));
};

// A person's numbered sequence as a client keeps it: what repeats, or comes before what was missed, is not taken.
exports.Sequence = class {
  last = null;

  takes(seq) {
    if (seq !== this.last + 1) return false;
    this.last = seq;
    return true;
  }
};
