"use strict";
// node-opcua's client, measured: does one measure and prints it as one JSON line. Tests/Benchmarks starts it beside our own client.
//   node benchmark-client.js --pki FOLDER --prepare                                     makes its certificate and prints where it is
//   node benchmark-client.js --pki FOLDER --endpoint URL --measure notifications|reads|connect [--policy None|Basic256Sha256]
//                            [--items 10000] [--interval 100] [--seconds 10] [--warmup 3] [--count 1] [--namespace 1]
const fs = require("node:fs");
const path = require("node:path");
const { performance } = require("node:perf_hooks");
const {
  OPCUAClient, OPCUACertificateManager, MessageSecurityMode, SecurityPolicy, AttributeIds, ClientSubscription, ClientMonitoredItemGroup, TimestampsToReturn,
} = require("node-opcua");
const { parse, tell } = require("./options.js");

const ITEMS_PER_SUBSCRIPTION = 10000;
const ITEMS_PER_GROUP = 1000;

const options = parse(process.argv.slice(2), {
  pki: "", prepare: false, endpoint: "", measure: "", policy: "None", items: 10000, interval: 100, seconds: 10, warmup: 3, count: 1, namespace: 1,
});

const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
const processor = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const resident = () => process.memoryUsage().rss / 1048576;
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

let manager;

async function create() {
  const client = OPCUAClient.create({
    applicationName: "Benchmark client",
    applicationUri: "urn:patchedge:benchmark:node-client",
    endpointMustExist: false,
    securityMode: MessageSecurityMode[options.policy === "None" ? "None" : "SignAndEncrypt"],
    securityPolicy: SecurityPolicy[options.policy],
    clientCertificateManager: manager,
    connectionStrategy: { maxRetry: 0 },
    requestedSessionTimeout: 120000,
    keepSessionAlive: true,
  });
  return client;
}

async function connect() {
  const client = await create();
  await client.connect(options.endpoint);
  return { client, session: await client.createSession() };
}

async function notifications(nodes) {
  const { session } = await connect();
  const ticks = new Float64Array(nodes.length);
  let counted = 0;
  let lost = 0;
  for (let first = 0; first < nodes.length; first += ITEMS_PER_SUBSCRIPTION) {
    const subscription = ClientSubscription.create(session, {
      requestedPublishingInterval: options.interval, requestedLifetimeCount: 300, requestedMaxKeepAliveCount: 10, maxNotificationsPerPublish: 0, publishingEnabled: true, priority: 0,
    });
    await new Promise((resolve, reject) => subscription.once("started", resolve).once("error", reject));
    for (let at = first; at < Math.min(nodes.length, first + ITEMS_PER_SUBSCRIPTION); at += ITEMS_PER_GROUP) {
      const part = nodes.slice(at, Math.min(nodes.length, at + ITEMS_PER_GROUP));
      const group = ClientMonitoredItemGroup.create(subscription, part.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })),
        { samplingInterval: 0, queueSize: 10, discardOldest: true }, TimestampsToReturn.Both);
      group.on("changed", (_, value, index) => {
        const tick = value.value.value;
        const last = ticks[at + index];
        if (last !== 0 && tick !== last + 1) lost += Math.abs(tick - last - 1);
        ticks[at + index] = tick;
        counted++;
      });
      await new Promise((resolve) => group.once("initialized", resolve));
    }
  }
  await wait(options.warmup);
  const before = { counted, lost, at: performance.now(), cpu: processor() };
  await wait(options.seconds);
  return { notifications: counted - before.counted, lost: lost - before.lost, seconds: (performance.now() - before.at) / 1000, cpu: processor() - before.cpu, rss: resident() };
}

async function reads(nodes) {
  const { session } = await connect();
  const values = nodes.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value }));
  for (let i = 0; i < options.count / 3; i++) await session.read(values);
  const before = { at: performance.now(), cpu: processor() };
  for (let i = 0; i < options.count; i++) {
    const read = await session.read(values);
    if (read.length !== nodes.length || read.at(-1).statusCode.isBad()) throw new Error(`a read brought ${read.length} values`);
  }
  return { values: options.count * nodes.length, seconds: (performance.now() - before.at) / 1000, cpu: processor() - before.cpu, rss: resident() };
}

async function connects() {
  const wall = [];
  const cpu = [];
  for (let i = 0; i < options.count + options.count / 4 + 1; i++) {
    const before = { at: performance.now(), cpu: processor() };
    const { client, session } = await connect();
    wall.push(performance.now() - before.at);
    cpu.push(1000 * (processor() - before.cpu));
    await session.close();
    await client.disconnect();
  }
  wall.splice(0, wall.length - options.count);
  cpu.splice(0, cpu.length - options.count);
  return { connects: options.count, ms: median(wall), fastest: Math.min(...wall), cpu: cpu.reduce((a, b) => a + b, 0) / cpu.length, rss: resident() };
}

async function main() {
  manager = new OPCUACertificateManager({ rootFolder: options.pki, automaticallyAcceptUnknownCertificate: true });
  await manager.initialize();
  if (options.prepare) {
    const client = await create();
    await client.createDefaultCertificate();
    const certificate = path.join(options.pki, "own", "certs", "certificate.der");
    fs.writeFileSync(certificate, client.getCertificate());
    tell({ certificate });
    return;
  }
  const nodes = Array.from({ length: options.items }, (_, i) => `ns=${options.namespace};s=Tag${i}`);
  tell(await { notifications, reads, connect: connects }[options.measure](nodes));
}

main().then(() => process.exit(0), (error) => {
  process.stderr.write(error.stack + "\n");
  process.exit(1);
});
