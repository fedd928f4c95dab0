"use strict";
// Command lines of both peers: --name value, or --flag. An unknown one is refused.

function parse(argv, known) {
  const options = { ...known };
  for (let i = 0; i < argv.length; i++) {
    const name = argv[i].replace(/^--/, "");
    if (!argv[i].startsWith("--") || !(name in known)) {
      process.stderr.write(`unknown option ${argv[i]}; known: ${Object.keys(known).map((key) => "--" + key).join(" ")}\n`);
      process.exit(2);
    }
    options[name] = typeof known[name] === "boolean" ? true : typeof known[name] === "number" ? Number(argv[++i]) : argv[++i];
  }
  return options;
}

/** One JSON object per line on standard output: the only thing that is printed there. */
function tell(message) {
  process.stdout.write(JSON.stringify(message, (_, value) =>
    typeof value === "bigint" ? value.toString()
      : typeof value === "number" && !Number.isFinite(value) ? String(value)
        : value) + "\n");
}

/** Handles one JSON command per line of standard input, in order; answers each with its id. Input's end is `exit`. */
function obey(handlers, exit) {
  const lines = require("node:readline").createInterface({ input: process.stdin });
  let last = Promise.resolve();
  lines.on("line", (line) => {
    if (line.trim().length === 0) return;
    last = last.then(async () => {
      let command = {};
      try {
        command = JSON.parse(line);
        const handler = handlers[command.do];
        if (!handler) throw new Error(`unknown command '${command.do}'; known: ${Object.keys(handlers).join(" ")}`);
        tell({ id: command.id, do: command.do, ok: true, ...(await handler(command)) });
      } catch (error) {
        tell({ id: command.id, do: command.do, ok: false, error: error.message });
      }
    });
  });
  lines.on("close", () => last.then(exit));
}

// What libraries print belongs on standard error.
for (const level of ["log", "info", "warn", "debug"]) console[level] = (...words) => process.stderr.write(words.join(" ") + "\n");

module.exports = { parse, tell, obey };
