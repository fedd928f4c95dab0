"use strict";
// A production line's OPC UA server of another make, which tests start to judge our client.
//   node server.js --pki FOLDER [--port 0] [--user NAME --password TEXT] [--trust-all] [--no-anonymous] [--shift-namespaces N] [--load N]
// It offers every policy in every mode, and takes the certificates of users that FOLDER/users/trusted/certs holds.
// Prints {"event":"ready",...} once it listens, then one answer per command. Commands, one JSON object per line of standard input:
//   {"do":"set","values":{"Filler.StateCurrent":6},"status":"Good","source":"2026-01-01T00:00:00Z"}   status and source are optional
//   {"do":"get","nodes":["Filler.StateCurrent"]}   {"do":"clients"}   {"do":"hold"}   {"do":"cut"}
//   {"do":"suspend"} closes the listener and every connection; {"do":"resume"} opens it again   {"do":"exit"}
//   {"do":"add","name":"Filler.Later","type":"Double","value":1}: a variable more
//   {"do":"load","ticks":200,"pace":100} sets Load.0 to Load.N-1 to 1, 2, … ticks, then tells {"event":"loaded","ticks":…,"elapsed":…}
const fs = require("node:fs");
const net = require("node:net");
const path = require("node:path");
const {
  OPCUAServer, OPCUACertificateManager, SecurityPolicy, MessageSecurityMode, DataType, StatusCodes, Variant,
} = require("node-opcua");
const { parse, tell, obey } = require("./options.js");
const { wrap, number, describe } = require("./values.js");

const NAMESPACE = "urn:patchedge:peer:line";
const IDLE = [2, 4]; // PackML Stopped, Idle
const WRITABLE = ["Filler.Setpoint"]; // and kept in history

const VARIABLES = {
  "Filler.StateCurrent": ["Int32", 4],
  "Filler.UnitModeCurrent": ["Int32", 1],
  "Filler.StateChangeInProcess": ["Boolean", false],
  "Filler.BatchId": ["String", ""],
  "Filler.Speed": ["Double", 0],
  "Filler.FillWeight": ["Float", 5.25],
  "Filler.Produced": ["UInt64", 0],
  "Filler.Alarms": ["UInt16", []],
  "Filler.Setpoint": ["Double", 1.5],
  "Room.Pressure": ["Double", 15.5],
  "Room.Name": ["LocalizedText", "Room 1"],
};

const options = parse(process.argv.slice(2), {
  pki: "", port: 0, user: "", password: "", "trust-all": false, "no-anonymous": false, "shift-namespaces": 0, load: 0,
});
if (!options.pki) {
  process.stderr.write("--pki FOLDER is required\n");
  process.exit(2);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().on("error", reject).listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** The line's own refusal to start: grants one hold at a time, to a rising token, while the line is idle. */
class Hold {
  held = 0;
  highest = 0;
  epoch = 0;

  request(token, isIdle) {
    if (this.held && token === this.held) return [true, this.epoch, "already held with this token"];
    if (!isIdle) return [false, this.epoch, "the line is not idle"];
    if (token <= this.highest) return [false, this.epoch, `token ${token} is not higher than ${this.highest}`];
    if (this.held) return [false, this.epoch, `held by token ${this.held}`];
    this.held = this.highest = token;
    this.epoch++;
    return [true, this.epoch, ""];
  }

  release(token) {
    if (token !== this.held) return [false, `not held by token ${token}`];
    this.held = 0;
    return [true, ""];
  }
}

function addLine(server, hold) {
  const space = server.engine.addressSpace;
  for (let i = 0; i < options["shift-namespaces"]; i++) space.registerNamespace(`urn:patchedge:peer:before:${i}`);
  const ns = space.registerNamespace(NAMESPACE);
  const line = ns.addObject({ organizedBy: space.rootFolder.objects, browseName: "Line", nodeId: "s=Line" });
  const folders = new Map();
  const nodes = new Map();
  const add = (name, type, value, fastest = 10) => {
    const [folder, leaf] = name.split(".");
    if (!folders.has(folder)) folders.set(folder, ns.addObject({ componentOf: line, browseName: folder, nodeId: "s=" + folder }));
    const access = WRITABLE.includes(name) ? "CurrentRead | CurrentWrite" : "CurrentRead";
    const variable = ns.addVariable({
      componentOf: folders.get(folder), browseName: leaf, nodeId: "s=" + name, dataType: type,
      valueRank: Array.isArray(value) ? 1 : -1, arrayDimensions: Array.isArray(value) ? [0] : undefined,
      accessLevel: access, userAccessLevel: access, minimumSamplingInterval: fastest,
    });
    if (WRITABLE.includes(name)) space.installHistoricalDataNode(variable, { maxOnlineValues: 1000 });
    variable.setValueFromSource(wrap(type, value));
    nodes.set(name, { variable, type });
    return variable;
  };
  for (const [name, [type, value]] of Object.entries(VARIABLES)) add(name, type, value);
  // Zero: every change is reported when it happens, so that what arrives can be counted.
  const load = Array.from({ length: options.load }, (_, i) => add("Load." + i, "Double", 0, 0));

  const valueOf = (name) => nodes.get(name).variable.readValue().value.value;
  const method = (name, inputArguments, outputArguments, work) => ns.addMethod(line, {
    browseName: name, nodeId: "s=Line." + name, inputArguments, outputArguments,
  }).bindMethod((inputs, _, callback) => {
    const outputs = work(...inputs.map((input) => input.value));
    callback(null, {
      statusCode: StatusCodes.Good,
      outputArguments: outputs.map((value, i) => wrap(DataType[outputArguments[i].dataType], value)),
    });
  });
  const argument = (name, dataType) => ({ name, dataType, description: { text: name } });
  method("RequestHold",
    [argument("Token", DataType.Int64), argument("Duration", DataType.Double)],
    [argument("Granted", DataType.Boolean), argument("Epoch", DataType.Int64), argument("Reason", DataType.String)],
    (token) => hold.request(number(token), IDLE.includes(valueOf("Filler.StateCurrent")) && valueOf("Filler.BatchId") === ""));
  method("ReleaseHold",
    [argument("Token", DataType.Int64)],
    [argument("Released", DataType.Boolean), argument("Reason", DataType.String)],
    (token) => hold.release(number(token)));
  return { nodes, add, load };
}

/** Sets every variable to 1, 2, … at a pace, or as fast as it can when that is slower; the count, not the clock, says what a client must get. */
function run(load, ticks, pace) {
  const start = performance.now();
  let tick = 0;
  const step = () => {
    tick++;
    const source = new Date();
    const value = new Variant({ dataType: DataType.Double, value: tick });
    for (const variable of load) variable.setValueFromSource(value, StatusCodes.Good, source);
    if (tick === ticks) tell({ event: "loaded", ticks, elapsed: performance.now() - start });
    else setTimeout(step, Math.max(0, start + tick * pace - performance.now()));
  };
  setTimeout(step, pace);
}

function set(nodes, command) {
  const status = StatusCodes[command.status ?? "Good"];
  if (!status) throw new Error(`unknown status '${command.status}'`);
  for (const [name, value] of Object.entries(command.values)) {
    const node = nodes.get(name);
    if (!node) throw new Error(`unknown node '${name}'; known: ${[...nodes.keys()].join(" ")}`);
    const source = command.source === undefined ? new Date() : new Date(command.source);
    node.variable.setValueFromSource(wrap(node.type, value), status, source);
  }
}

function clients(server) {
  const list = [];
  for (const session of Object.values(server.engine._sessions ?? {}))
    list.push({
      name: session.sessionName,
      applicationUri: session.clientDescription?.applicationUri,
      user: session.userIdentityToken?.userName ?? null,
      subscriptions: session.subscriptions?.length ?? session.currentSubscriptionCount,
      monitoredItems: session.currentMonitoredItemCount,
    });
  return { channels: server.currentChannelCount, sessions: server.currentSessionCount, subscriptions: server.currentSubscriptionCount, list };
}

async function main() {
  const port = options.port || (await freePort());
  const applicationUri = "urn:localhost:patchedge:peer:server";
  const manager = new OPCUACertificateManager({ rootFolder: options.pki, automaticallyAcceptUnknownCertificate: options["trust-all"] });
  await manager.initialize();
  const users = new OPCUACertificateManager({ rootFolder: path.join(options.pki, "users"), automaticallyAcceptUnknownCertificate: options["trust-all"] });
  await users.initialize();
  const server = new OPCUAServer({
    port,
    host: "127.0.0.1",
    hostname: "127.0.0.1",
    alternateHostname: ["localhost", "127.0.0.1"],
    resourcePath: "/line",
    serverCertificateManager: manager,
    userCertificateManager: users,
    serverInfo: { applicationUri, productUri: "urn:patchedge:peer", applicationName: { text: "Peer line" } },
    securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256, SecurityPolicy.Aes128_Sha256_RsaOaep, SecurityPolicy.Aes256_Sha256_RsaPss],
    securityModes: [MessageSecurityMode.None, MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt],
    // Zero alone has every change of a loaded item delivered; otherwise this make joins those of 50 ms.
    serverCapabilities: options.load > 0 ? { minSupportedSampleRate: 0 } : undefined,
    allowAnonymous: !options["no-anonymous"],
    userManager: { isValidUser: (name, password) => options.user !== "" && name === options.user && password === options.password },
    registerServerMethod: 1,
  });
  await server.initialize();
  const hold = new Hold();
  const { nodes, add, load } = addLine(server, hold);
  await server.start();
  const exit = async () => {
    await server.shutdown(0);
    process.exit(0);
  };
  const endpointsDo = (work) => Promise.all(server.endpoints.map((endpoint) => new Promise((resolve, reject) =>
    work(endpoint, (error) => (error ? reject(error) : resolve())))));
  obey({
    set: (command) => set(nodes, command),
    get: (command) => ({ values: Object.fromEntries(command.nodes.map((name) => [name, describe(nodes.get(name).variable.readValue())])) }),
    add: (command) => void add(command.name, command.type, command.value),
    load: (command) => run(load, command.ticks, command.pace),
    clients: () => clients(server),
    hold: () => ({ held: hold.held, highest: hold.highest, epoch: hold.epoch }),
    cut: () => server.endpoints.forEach((endpoint) => endpoint.abruptlyInterruptChannels()),
    suspend: () => endpointsDo((endpoint, done) => endpoint.suspendConnection(done)).then(() => ({})),
    resume: () => endpointsDo((endpoint, done) => endpoint.restoreConnection(done)).then(() => ({})),
    exit,
  }, exit);
  process.on("SIGTERM", exit);
  const certificate = path.join(options.pki, "own", "certs", "certificate.der");
  fs.writeFileSync(certificate, server.getCertificate());
  tell({
    event: "ready",
    endpoint: `opc.tcp://127.0.0.1:${port}/line`,
    namespace: NAMESPACE,
    applicationUri,
    certificate,
    trusted: manager.trustedFolder,
    rejected: manager.rejectedFolder,
    nodes: Object.keys(VARIABLES),
  });
}

main().catch((error) => {
  tell({ event: "failed", error: error.message });
  process.stderr.write(error.stack + "\n");
  process.exit(1);
});
