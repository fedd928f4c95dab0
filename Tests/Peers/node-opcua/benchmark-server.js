"use strict";
// node-opcua's server for Tests/Benchmarks: Doubles s=Tag0… whose value is the number of the feed that brought it.
//   node benchmark-server.js --pki FOLDER [--items 10000]      commands: {"do":"feed","items":1000,"interval":100}   {"do":"usage"}
const fs = require("node:fs");
const net = require("node:net");
const path = require("node:path");
const { OPCUAServer, OPCUACertificateManager, SecurityPolicy, MessageSecurityMode, DataType, Variant, StatusCodes } = require("node-opcua");
const { parse, tell } = require("./options.js");

const options = parse(process.argv.slice(2), { pki: "", items: 10000 });

const freePort = () => new Promise((resolve, reject) => {
  const probe = net.createServer().on("error", reject).listen(0, "127.0.0.1", () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});

async function main() {
  const manager = new OPCUACertificateManager({ rootFolder: options.pki, automaticallyAcceptUnknownCertificate: true });
  await manager.initialize();
  const port = await freePort();
  const server = new OPCUAServer({
    port, host: "127.0.0.1", hostname: "127.0.0.1", alternateHostname: ["localhost", "127.0.0.1"], resourcePath: "/benchmark", serverCertificateManager: manager,
    serverInfo: { applicationUri: "urn:patchedge:benchmark:node-server", productUri: "urn:patchedge:peer", applicationName: { text: "Benchmark server" } },
    securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256],
    securityModes: [MessageSecurityMode.None, MessageSecurityMode.SignAndEncrypt],
    serverCapabilities: { maxMonitoredItems: 100000, maxMonitoredItemsPerSubscription: 100000, maxSessions: 100 },
  });
  await server.initialize();
  const space = server.engine.addressSpace.registerNamespace("urn:patchedge:benchmark");
  const tags = [];
  for (let i = 0; i < options.items; i++) {
    const tag = space.addVariable({
      organizedBy: server.engine.addressSpace.rootFolder.objects, browseName: "Tag" + i, nodeId: "s=Tag" + i, dataType: "Double", minimumSamplingInterval: 10,
    });
    tag.setValueFromSource({ dataType: DataType.Double, value: 0 });
    tags.push(tag);
  }
  await server.start();
  fs.writeFileSync(path.join(options.pki, "own", "certs", "certificate.der"), server.getCertificate());
  tell({ event: "ready", endpoint: `opc.tcp://127.0.0.1:${port}/benchmark`, namespace: space.index });

  let timer;
  let tick = 0;
  let changes = 0;
  const feed = (items) => {
    tick++;
    const now = new Date();
    for (let i = 0; i < items; i++) tags[i].setValueFromSource(new Variant({ dataType: DataType.Double, value: tick }), StatusCodes.Good, now);
    changes += items;
  };
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const command = JSON.parse(line);
    if (command.do === "feed") {
      clearInterval(timer);
      if (command.items > 0) timer = setInterval(feed, command.interval, command.items);
    }
    const { user, system } = process.cpuUsage();
    tell({ cpu: (user + system) / 1e6, rss: process.memoryUsage().rss / 1048576, changes });
  }).on("close", () => process.exit(0));
}

main().catch((error) => {
  process.stderr.write(error.stack + "\n");
  process.exit(1);
});
