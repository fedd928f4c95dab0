"use strict";
// An OPC UA client of another make, which tests start to judge our server.
//   node client.js --endpoint URL --pki FOLDER [--policy None|Basic256Sha256|Aes128_Sha256_RsaOaep|Aes256_Sha256_RsaPss]
//                  [--mode None|Sign|SignAndEncrypt] [--user NAME --password TEXT] [--trust-all] [--idle]
// Prints {"event":"ready",...} once a session stands (with --idle: at once), or {"event":"failed",...} and exits with 1; then one answer per command.
// Commands, one JSON object per line of standard input:
//   {"do":"endpoints"}   {"do":"namespaces"}   {"do":"browse","node":"i=85"}   {"do":"translate","from":"i=85","path":"/1:Line/1:Filler"}
//   {"do":"read","nodes":["i=2258"],"attribute":"Value","maxAge":0}   {"do":"write","node":"ns=1;s=A","type":"Int32","value":5}
//   {"do":"call","object":"ns=1;s=Line","method":"ns=1;s=Line.RequestHold","arguments":[{"type":"Int64","value":7}]}
//   {"do":"history","node":"ns=1;s=A","start":"…","end":"…","bounds":true}
//   {"do":"subscribe","nodes":[…],"interval":100,"sampling":50,"queue":10}   then {"event":"value","node":…} per value; {"do":"unsubscribe"}
//   with "deadband":2 small changes are ignored;   {"do":"publishing","enabled":false}   {"do":"modify","interval":200,"sampling":20,"queue":5}
//   {"do":"mode","mode":"Disabled|Sampling|Reporting"}, each of them for what was subscribed last;   {"do":"servers"}
//   {"do":"walk","from":"i=84"}: every node below, with what is wrong with any   {"do":"exit"}
//   {"do":"connect","policy":…,"mode":…,"pki":…,"user":{"name":…,"password":…} or {"certificate":FILE.der,"key":FILE.pem}} ends the session and opens another
//   {"do":"load","prefix":"ns=1;s=Load.","count":10000,"interval":100,"queue":100} subscribes to many and counts;
//   {"do":"loaded","ticks":200,"within":60000} waits, milliseconds at most, until each has had 200, and tells what came and what was missing
const fs = require("node:fs");
const path = require("node:path");
const {
  OPCUAClient, OPCUACertificateManager, MessageSecurityMode, SecurityPolicy, AttributeIds, ClientSubscription, ClientMonitoredItemGroup,
  TimestampsToReturn, UserTokenType, resolveNodeId, makeBrowsePath, BrowseDirection, NodeClass, StatusCodes,
  DataChangeFilter, DataChangeTrigger, DeadbandType, MonitoringMode,
} = require("node-opcua");
const { parse, tell, obey } = require("./options.js");
const { wrap, plain, describe } = require("./values.js");

const MAXIMUM_NODES = 20000;

const options = parse(process.argv.slice(2), {
  endpoint: "", pki: "", policy: "None", mode: "", user: "", password: "", "trust-all": false, idle: false,
});
if (!options.endpoint || !options.pki) {
  process.stderr.write("--endpoint URL and --pki FOLDER are required\n");
  process.exit(2);
}

async function browse(session, node) {
  const references = [];
  let result = await session.browse({ nodeId: node, browseDirection: BrowseDirection.Forward, includeSubtypes: true, nodeClassMask: 0, resultMask: 63 });
  while (true) {
    if (result.statusCode.isNotGood()) return { status: result.statusCode.name, references };
    for (const reference of result.references ?? [])
      references.push({
        node: reference.nodeId.toString(),
        name: reference.browseName.toString(),
        display: reference.displayName.text,
        class: NodeClass[reference.nodeClass],
        reference: reference.referenceTypeId.toString(),
        type: reference.typeDefinition?.toString() ?? null,
      });
    if (!result.continuationPoint || result.continuationPoint.length === 0) return { status: "Good", references };
    result = await session.browseNext(result.continuationPoint, false);
  }
}

/** Visits every node once and checks what Part 3 asks of any: its class, browse name and display name, and a readable value where there is one. */
async function walk(session, from) {
  from = resolveNodeId(from).toString();
  const seen = new Map([[from, null]]);
  const queue = [from];
  const problems = [];
  while (queue.length > 0 && seen.size < MAXIMUM_NODES) {
    const node = queue.shift();
    const { status, references } = await browse(session, node);
    if (status !== "Good") problems.push({ node, problem: "browse: " + status });
    const attributes = await session.read([AttributeIds.NodeId, AttributeIds.NodeClass, AttributeIds.BrowseName, AttributeIds.DisplayName].map((attributeId) => ({ nodeId: node, attributeId })));
    attributes.forEach((attribute, i) => {
      if (attribute.statusCode.isNotGood()) problems.push({ node, problem: `attribute ${["NodeId", "NodeClass", "BrowseName", "DisplayName"][i]}: ${attribute.statusCode.name}` });
    });
    const nodeClass = attributes[1].value?.value;
    if (attributes[0].value && attributes[0].value.value?.toString() !== node) problems.push({ node, problem: "calls itself " + attributes[0].value.value });
    const announced = seen.get(node);
    if (announced && announced !== NodeClass[nodeClass]) problems.push({ node, problem: `announced as ${announced}, is ${NodeClass[nodeClass]}` });
    if (nodeClass === NodeClass.Variable || nodeClass === NodeClass.VariableType) {
      const [value, dataType, rank] = await session.read([AttributeIds.Value, AttributeIds.DataType, AttributeIds.ValueRank].map((attributeId) => ({ nodeId: node, attributeId })));
      if (nodeClass === NodeClass.Variable && value.statusCode.value & 0x80000000 && value.statusCode !== StatusCodes.BadWaitingForInitialData)
        problems.push({ node, problem: "value: " + value.statusCode.name });
      for (const [name, attribute] of [["DataType", dataType], ["ValueRank", rank]])
        if (attribute.statusCode.isNotGood()) problems.push({ node, problem: `attribute ${name}: ${attribute.statusCode.name}` });
    }

    for (const reference of references)
      if (!seen.has(reference.node)) {
        seen.set(reference.node, reference.class);
        queue.push(reference.node);
      }
  }

  return { nodes: seen.size, complete: queue.length === 0, problems };
}

async function subscribe(session, command) {
  const subscription = ClientSubscription.create(session, {
    requestedPublishingInterval: command.interval ?? 100, requestedLifetimeCount: 1000, requestedMaxKeepAliveCount: 5, maxNotificationsPerPublish: 1000, publishingEnabled: true, priority: 1,
  });
  subscription.on("keepalive", () => tell({ event: "keepalive" })).on("terminated", () => tell({ event: "terminated" }))
    .on("status_changed", (status) => tell({ event: "status", status: status.name }));
  await new Promise((resolve, reject) => subscription.once("started", resolve).once("error", reject));
  const group = ClientMonitoredItemGroup.create(subscription, command.nodes.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })),
    {
      samplingInterval: command.sampling ?? 50, queueSize: command.queue ?? 10, discardOldest: true,
      filter: command.deadband === undefined ? undefined
        : new DataChangeFilter({ trigger: DataChangeTrigger.StatusValue, deadbandType: DeadbandType.Absolute, deadbandValue: command.deadband }),
    }, TimestampsToReturn.Both);
  group.on("changed", (_, value, index) => tell({ event: "value", node: command.nodes[index], ...describe(value) }));
  await new Promise((resolve) => group.once("initialized", resolve));
  return {
    subscription, group,
    answer: {
      subscriptionId: subscription.subscriptionId, interval: subscription.publishingInterval, keepAliveCount: subscription.maxKeepAliveCount, lifetimeCount: subscription.lifetimeCount,
      items: group.monitoredItems.map((item) => ({ status: item.statusCode?.name, sampling: item.result?.revisedSamplingInterval, queue: item.result?.revisedQueueSize })),
    },
  };
}

/** Subscribes to many nodes whose values count 1, 2, … and counts what comes and what does not. */
async function load(session, command) {
  const subscription = ClientSubscription.create(session, {
    requestedPublishingInterval: command.interval, requestedLifetimeCount: 10000, requestedMaxKeepAliveCount: 50, maxNotificationsPerPublish: 0, publishingEnabled: true, priority: 1,
  });
  await new Promise((resolve, reject) => subscription.once("started", resolve).once("error", reject));
  const last = new Float64Array(command.count);
  const counts = { received: 0, missing: 0, repeated: 0, overflows: 0, bad: 0, behind: command.count, goal: Infinity };
  let finish = () => {};
  const group = ClientMonitoredItemGroup.create(subscription, Array.from(last, (_, i) => ({ nodeId: command.prefix + i, attributeId: AttributeIds.Value })),
    { samplingInterval: 0, queueSize: command.queue, discardOldest: true }, TimestampsToReturn.Neither);
  group.on("changed", (_, changed, i) => {
    if (changed.statusCode.value & 0x80000000) counts.bad++;
    if (changed.statusCode.value & 0x80) counts.overflows++;
    const value = changed.value.value;
    if (value === 0) return; // as it was before the counting
    counts.received++;
    if (value > last[i] + 1) counts.missing += value - last[i] - 1;
    if (value <= last[i]) counts.repeated++;
    if (last[i] < counts.goal && value >= counts.goal && --counts.behind === 0) finish();
    last[i] = value;
  });
  await new Promise((resolve) => group.once("initialized", resolve));
  const refused = group.monitoredItems.filter((item) => item.statusCode && item.statusCode.isNotGood()).length;
  return {
    subscription,
    answer: { items: command.count - refused, interval: subscription.publishingInterval, queue: group.monitoredItems[0].result?.revisedQueueSize },
    loaded: (ticks, within) => new Promise((resolve) => {
      counts.goal = ticks;
      counts.behind = last.filter((value) => value < ticks).length;
      finish = () => resolve({ ...counts, goal: undefined });
      if (counts.behind === 0) finish();
      else setTimeout(finish, within);
    }),
  };
}

const managers = new Map();

/** The certificates of a folder; made when absent. */
async function certificates(folder) {
  if (!managers.has(folder)) {
    const manager = new OPCUACertificateManager({ rootFolder: folder, automaticallyAcceptUnknownCertificate: options["trust-all"] });
    await manager.initialize();
    managers.set(folder, manager);
  }
  return managers.get(folder);
}

async function create({ policy, mode, pki }) {
  const client = OPCUAClient.create({
    applicationName: "Peer client",
    applicationUri: "urn:localhost:patchedge:peer:client",
    endpointMustExist: false,
    securityMode: MessageSecurityMode[mode || (policy === "None" ? "None" : "SignAndEncrypt")],
    securityPolicy: SecurityPolicy[policy],
    clientCertificateManager: await certificates(pki),
    connectionStrategy: { maxRetry: 2, initialDelay: 200, maxDelay: 1000 },
    requestedSessionTimeout: 60000,
    keepSessionAlive: true,
  });
  await client.createDefaultCertificate();
  for (const event of ["connection_lost", "connection_reestablished", "backoff"]) client.on(event, () => tell({ event }));
  return client;
}

function identity(user) {
  if (user?.name) return { type: UserTokenType.UserName, userName: user.name, password: user.password };
  if (user?.certificate)
    return { type: UserTokenType.Certificate, certificateData: fs.readFileSync(user.certificate), privateKey: fs.readFileSync(user.key, "utf8") };
  return { type: UserTokenType.Anonymous };
}

async function main() {
  const manager = await certificates(options.pki);
  let client = await create(options);
  let session = null;
  let subscriptions = [];
  let loading = null;
  let latest = null;
  const certificate = path.join(options.pki, "own", "certs", "certificate.der");
  fs.writeFileSync(certificate, client.getCertificate());
  const close = async () => {
    subscriptions = [];
    try {
      await session?.close(true);
    } finally {
      session = null;
      await client.disconnect();
    }
  };
  const open = async (user) => {
    await client.connect(options.endpoint);
    session = await client.createSession(identity(user));
    session.on("session_closed", () => tell({ event: "session closed" }));
  };
  if (!options.idle) await open({ name: options.user, password: options.password });
  const exit = async () => {
    await Promise.race([close(), new Promise((resolve) => setTimeout(resolve, 3000))]).catch(() => {});
    process.exit(0);
  };
  obey({
    connect: async (command) => {
      await close();
      client = await create({ pki: options.pki, ...command });
      try {
        await open(command.user);
      } catch (error) {
        await client.disconnect();
        throw error;
      }
    },
    load: async (command) => {
      loading = await load(session, command);
      subscriptions.push(loading.subscription);
      return loading.answer;
    },
    loaded: (command) => loading.loaded(command.ticks, command.within),
    endpoints: async () => ({
      endpoints: (await client.getEndpoints()).map((endpoint) => ({
        url: endpoint.endpointUrl, policy: endpoint.securityPolicyUri, mode: MessageSecurityMode[endpoint.securityMode], level: endpoint.securityLevel,
        users: endpoint.userIdentityTokens.map((token) => UserTokenType[token.tokenType]), application: endpoint.server.applicationUri,
      })),
    }),
    namespaces: async () => ({ namespaces: await session.readNamespaceArray() }),
    browse: (command) => browse(session, command.node),
    translate: async (command) => {
      const result = await session.translateBrowsePath(makeBrowsePath(command.from, command.path));
      return { status: result.statusCode.name, targets: (result.targets ?? []).map((target) => target.targetId.toString()) };
    },
    read: async (command) => ({
      results: (await session.read(command.nodes.map((nodeId) => ({ nodeId, attributeId: AttributeIds[command.attribute ?? "Value"] })), command.maxAge ?? 0)).map(describe),
    }),
    write: async (command) => ({
      status: (await session.write({ nodeId: command.node, attributeId: AttributeIds.Value, value: { value: wrap(command.type, command.value) } })).name,
    }),
    call: async (command) => {
      const result = await session.call({
        objectId: command.object, methodId: command.method, inputArguments: (command.arguments ?? []).map((argument) => wrap(argument.type, argument.value)),
      });
      return { status: result.statusCode.name, outputs: (result.outputArguments ?? []).map(plain), inputs: (result.inputArgumentResults ?? []).map((status) => status.name) };
    },
    history: async (command) => {
      const result = await session.readHistoryValue(command.node, new Date(command.start), new Date(command.end), { returnBounds: command.bounds ?? true });
      return { status: result.statusCode.name, values: (result.historyData?.dataValues ?? []).map(describe) };
    },
    subscribe: async (command) => {
      latest = await subscribe(session, command);
      subscriptions.push(latest.subscription);
      return latest.answer;
    },
    publishing: async (command) => ({ status: (await latest.subscription.setPublishingMode(command.enabled)).name }),
    modify: async (command) => {
      await latest.subscription.modify({ requestedPublishingInterval: command.interval });
      await latest.group.modify({ samplingInterval: command.sampling, queueSize: command.queue, discardOldest: true });
      return { interval: latest.subscription.publishingInterval };
    },
    mode: async (command) => {
      await latest.group.setMonitoringMode(MonitoringMode[command.mode]);
    },
    servers: async () => ({ servers: (await client.findServers()).map((server) => server.applicationUri) }),
    unsubscribe: async () => {
      await Promise.all(subscriptions.map((subscription) => subscription.terminate()));
      subscriptions = [];
    },
    walk: (command) => walk(session, command.from ?? "i=84"),
    exit,
  }, exit);
  process.on("SIGTERM", exit);
  tell({ event: "ready", certificate, trusted: manager.trustedFolder, rejected: manager.rejectedFolder, sessionTimeout: session?.timeout });
}

main().catch((error) => {
  tell({ event: "failed", error: error.message });
  process.exit(1);
});
