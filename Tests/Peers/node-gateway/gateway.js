"use strict";
// What a gateway made of node-opcua and InfluxDB's plain /write costs: no journal, no account of gaps; what is not sent when it ends is lost.
// Tests/Benchmarks starts it beside ours. It uses the packages of ../node-opcua.
//   node gateway.js --pki FOLDER --endpoint URL --url http://127.0.0.1:8086 [--items 10000] [--interval 100] [--namespace 1]
const http = require("node:http");
const path = require("node:path");
const peer = path.join(__dirname, "..", "node-opcua");
const {
  OPCUAClient, OPCUACertificateManager, MessageSecurityMode, SecurityPolicy, AttributeIds, ClientSubscription, ClientMonitoredItemGroup, TimestampsToReturn,
} = require(require.resolve("node-opcua", { paths: [peer] }));
const { parse, tell } = require(path.join(peer, "options.js"));

const ITEMS_PER_SUBSCRIPTION = 10000;
const ITEMS_PER_GROUP = 1000;
const LINES = 5000;

const options = parse(process.argv.slice(2), { pki: "", endpoint: "", url: "", items: 10000, interval: 100, namespace: 1 });
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let lines = [];
let sending = Promise.resolve();

function write(batch) {
  return new Promise((resolve, reject) => {
    const request = http.request(options.url + "/write?db=patchedge&precision=ms", { method: "POST", agent }, (answer) => {
      answer.resume();
      answer.on("end", () => (answer.statusCode === 204 ? resolve() : reject(new Error(`HTTP ${answer.statusCode}`))));
    });
    request.on("error", reject);
    request.end(batch.join("\n"));
  });
}

function flush() {
  if (lines.length === 0) return;
  const batch = lines;
  lines = [];
  sending = sending.then(() => write(batch));
}

async function main() {
  const manager = new OPCUACertificateManager({ rootFolder: options.pki, automaticallyAcceptUnknownCertificate: true });
  await manager.initialize();
  const client = OPCUAClient.create({
    applicationName: "Benchmark gateway", applicationUri: "urn:patchedge:benchmark:node-gateway", endpointMustExist: false, securityMode: MessageSecurityMode.None,
    securityPolicy: SecurityPolicy.None, clientCertificateManager: manager, requestedSessionTimeout: 120000, keepSessionAlive: true,
  });
  await client.connect(options.endpoint);
  const session = await client.createSession();
  const nodes = Array.from({ length: options.items }, (_, i) => `ns=${options.namespace};s=Tag${i}`);
  for (let first = 0; first < nodes.length; first += ITEMS_PER_SUBSCRIPTION) {
    const subscription = ClientSubscription.create(session, {
      requestedPublishingInterval: options.interval, requestedLifetimeCount: 300, requestedMaxKeepAliveCount: 10, maxNotificationsPerPublish: 0, publishingEnabled: true, priority: 0,
    });
    await new Promise((resolve, reject) => subscription.once("started", resolve).once("error", reject));
    for (let at = first; at < Math.min(nodes.length, first + ITEMS_PER_SUBSCRIPTION); at += ITEMS_PER_GROUP) {
      const part = nodes.slice(at, Math.min(nodes.length, at + ITEMS_PER_GROUP));
      const group = ClientMonitoredItemGroup.create(subscription, part.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })),
        { samplingInterval: options.interval, queueSize: 10, discardOldest: true }, TimestampsToReturn.Both);
      group.on("changed", (_, value, index) => {
        lines.push(`tag_value,site=B,line=L,tag=Tag${at + index} value=${value.value.value},status=${value.statusCode.value}i ${value.sourceTimestamp.getTime()}`);
        if (lines.length >= LINES) flush();
      });
      await new Promise((resolve) => group.once("initialized", resolve));
    }
  }
  setInterval(flush, 1000);
  tell({ event: "ready" });
}

process.stdin.resume().on("end", () => process.exit(0));
main().catch((error) => {
  process.stderr.write(error.stack + "\n");
  process.exit(1);
});
