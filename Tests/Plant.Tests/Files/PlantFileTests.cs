using PatchEdge.Plant.Files;
using PatchEdge.Plant.Model;

namespace PatchEdge.Plant.Tests.Files;

[Trait("Req", "hostile-78")]
public sealed class PlantFileTests
{
    private const string Valid = """
        site: S
        defaults:
          security: Basic256Sha256:SignAndEncrypt
          nodes: nsu=urn:x;s=
        servers:
          plc:
            url: opc.tcp://plc:4840
        gateways:
          g: { servers: [plc] }
        profiles:
          reactor:
            standard: isa88
            numbers: { 10: Idle, 20: Running, 30: Held }
        areas:
          A:
            lines:
              Filling:
                servers: [plc]
                batch: BatchId
                units:
                  Filler:
                    profile: packml
                    tags:
                      StateCurrent: { type: Int32 }
                      Speed: { type: Float }
                  Reactor:
                    profile: reactor
                    state: Step
                    tags:
                      Step: { type: Int16 }
                      Count:
                tags:
                  BatchId: { type: String, critical: true }
                idle:
                  state:
                    - Filler.StateCurrent in [Idle, Stopped]
                    - Reactor.Step in [Idle]
                  no-batch:
                    - BatchId == ''
                  no-motion:
                    - Filler.Speed < 0.5
        hosts:
          hmi: { class: hmi, lines: [Filling] }
        """;

    [Fact]
    public void Valid_plant_is_read()
    {
        var line = PlantFile.Parse(Valid, "plant.yaml").Lines.Single();

        Assert.Equal(
            ["Filling/Filler.StateCurrent in [Idle, Stopped]", "Filling/Reactor.Step in [Idle]", "Filling/BatchId == ''", "Filling/Filler.Speed < 0.5"],
            line.Idle!.All.Select(entry => entry.Condition.ToString()));
        Assert.Equal("reactor", line.Tags.Single(tag => tag.Name == "Filling/Reactor.Step").Profile);
        Assert.Equal(TimeSpan.FromMinutes(2), line.Dwell);
    }

    public static TheoryData<string, string, string, string, string> Mistakes => new()
    {
        // what stands there, what stands there instead, key, start of its line, part of the message
        { "url: opc", "urll: opc", "servers.plc.urll", "urll:", "unknown key: did you mean 'url'?" },
        { "url: opc.tcp", "url: http", "servers.plc.url", "url:", "'http' is not a known scheme" },
        { "url: opc.tcp://plc:4840", "url: opc.tcp://me:secret@plc:4840", "servers.plc.url", "url:", "must not hold a user or password" },
        { "security: Basic256Sha256:SignAndEncrypt", "security: Basic256:SignAndEncrypt", "defaults.security", "security:", "did you mean 'Basic256Sha256:SignAndEncrypt'?" },
        { "url: opc.tcp://plc:4840", "url: opc.tcp://plc:4840\n    user: me", "servers.plc.user", "user:", "go together" },
        { "url: opc.tcp://plc:4840", "url: opc.tcp://plc:4840\n    publishing: 100", "servers.plc.publishing", "publishing:", "250ms, 10s" },
        { "url: opc.tcp://plc:4840", "url: opc.tcp://plc:4840\n    lifetime-count: 11", "servers.plc.lifetime-count", "lifetime-count:", "less than three times the keep-alive-count 4" },
        { "url: opc.tcp://plc:4840", "url: opc.tcp://plc:4840\n    keep-alive-count: 20", "areas.A.lines.Filling.evidence-age", "Filling:", "proves silence only every 10s" },
        { "url: opc.tcp://plc:4840", "url: opc.tcp://plc:4840\n    host: hnm", "servers.plc.host", "host:", "did you mean 'hmi'?" },
        { "url: opc.tcp://plc:4840", "url: opc.tcp://plc:4840\n  spare:\n    url: opc.tcp://b", "servers.spare", "spare:", "watched by no gateway" },
        { "url: opc.tcp://plc:4840", "url: opc.tcp://plc:4840\n  PLC:\n    url: opc.tcp://b", "servers.PLC", "PLC:", "named already in line 6" },
        { "url: opc.tcp://plc:4840", "url: opc.tcp://plc:4840\n  plc:\n    url: opc.tcp://b", "servers.plc", "plc:\n    url: opc.tcp://b", "first given in line 6" },
        { "g: { servers: [plc] }", "g: { servers: [pcl] }", "gateways.g.servers[0]", "g:", "did you mean 'plc'?" },
        { "g: { servers: [plc] }", "g: { servers: [plc, plc] }", "gateways.g.servers[1]", "g:", "twice" },
        { "g: { servers: [plc] }", "g/1: { servers: [plc] }", "gateways.g/1", "g/1:", "cannot contain '/'" },
        { "30: Held", "30: Holding on", "profiles.reactor.numbers.30", "numbers:", "did you mean 'Holding'?" },
        { "standard: isa88", "standard: packml", "profiles.reactor.standard", "standard:", "allowed: isa88" },
        { "  reactor:\n    standard", "  packml:\n    standard", "profiles.packml", "packml:\n", "built-in profile" },
        { "profile: packml", "profile: pakml", "areas.A.lines.Filling.units.Filler.profile", "profile: pakml", "did you mean 'packml'?" },
        { "profile: packml\n", "state: Speed\n", "areas.A.lines.Filling.units.Filler.state", "state: Speed", "without a profile" },
        { "profile: packml\n", "state: Speeed\n            profile: packml\n", "areas.A.lines.Filling.units.Filler.state", "state: Speeed", "did you mean 'Speed'?" },
        { "state: Step", "", "areas.A.lines.Filling.units.Reactor.profile", "profile: reactor", "no state tag" },
        { "Count:", "Count: { node: \"ns=2;s=Count\" }", "areas.A.lines.Filling.units.Reactor.tags.Count.node", "Count:", "may move when the server restarts" },
        { "Count:", "Count: { node: s=Count }", "areas.A.lines.Filling.units.Reactor.tags.Count.node", "Count:", "names no namespace" },
        { "Count:", "Count: { node: nsu=urn:x;i=abc }", "areas.A.lines.Filling.units.Reactor.tags.Count.node", "Count:", "no valid identifier" },
        { "Count:", "Count: { type: Int33 }", "areas.A.lines.Filling.units.Reactor.tags.Count.type", "Count:", "did you mean 'Int32'?" },
        { "Count:", "Count: { queue: 1, sampling: 100ms }", "areas.A.lines.Filling.units.Reactor.tags.Count.queue", "Count:", "at least 5 are needed" },
        { "Count:", "Count: { longest-silence: 100ms }", "areas.A.lines.Filling.units.Reactor.tags.Count.longest-silence", "Count:", "would count as frozen" },
        { "Count:", "Count: { sampling: -1s }", "areas.A.lines.Filling.units.Reactor.tags.Count.sampling", "Count:", "must be a duration" },
        { "Count:", "Count: { servers: [] }", "areas.A.lines.Filling.units.Reactor.tags.Count.servers", "Count:", "names no server" },
        { "Count:", "\"Co\\u0007unt\":", "areas.A.lines.Filling.units.Reactor.tags.Co\u0007unt", "\"Co", "unprintable character U+0007" },
        { "critical: true", "critical: yes", "areas.A.lines.Filling.tags.BatchId.critical", "BatchId:", "must be true or false" },
        { "batch: BatchId", "batch: BatchIdd", "areas.A.lines.Filling.batch", "batch:", "did you mean 'BatchId'?" },
        { "[Idle, Stopped]", "[Idle, Stoped]", "areas.A.lines.Filling.idle.state[0]", "- Filler.StateCurrent", "did you mean 'Stopped'?" },
        { "[Idle, Stopped]", "[Idle, Held]", "areas.A.lines.Filling.idle.state[0]", "- Filler.StateCurrent", "product is in process" },
        { "[Idle, Stopped]", "[Suspended]", "areas.A.lines.Filling.idle.state[0]", "- Filler.StateCurrent", "product is in process" },
        { "[Idle, Stopped]", "[Stopping]", "areas.A.lines.Filling.idle.state[0]", "- Filler.StateCurrent", "on its way" },
        { "[Idle, Stopped]", "[Undefined]", "areas.A.lines.Filling.idle.state[0]", "- Filler.StateCurrent", "says nothing" },
        { "[Idle, Stopped]", "[]", "areas.A.lines.Filling.idle.state[0]", "- Filler.StateCurrent", "names no state" },
        { "[Idle, Stopped]", "[Idle, Idle]", "areas.A.lines.Filling.idle.state[0]", "- Filler.StateCurrent", "twice" },
        { "[Idle, Stopped]", "[4, 2]", "areas.A.lines.Filling.idle.state[0]", "- Filler.StateCurrent", "has no state '4'" },
        { "StateCurrent in [Idle, Stopped]", "StateCurrent == 4", "areas.A.lines.Filling.idle.state[0]", "- Filler.StateCurrent", "never by number" },
        { "Reactor.Step in [Idle]", "Reactor.Count in [Idle]", "areas.A.lines.Filling.idle.state[1]", "- Reactor.Count", "has no state profile" },
        { "Reactor.Step in [Idle]", "Reactor.Stop in [Idle]", "areas.A.lines.Filling.idle.state[1]", "- Reactor.Stop", "did you mean 'Reactor.Step'?" },
        { "Reactor.Step in [Idle]", "Reactor.Step in [Stopped]", "areas.A.lines.Filling.idle.state[1]", "- Reactor.Step", "has no state 'Stopped'" },
        { "            - Reactor.Step in [Idle]\n", "", "areas.A.lines.Filling.idle.state", "state:\n", "state of unit 'Reactor' is in no condition" },
        { "BatchId == ''", "BatchId == Idle", "areas.A.lines.Filling.idle.no-batch[0]", "- BatchId", "nothing to compare with" },
        { "BatchId == ''", "BatchId == 0", "areas.A.lines.Filling.idle.no-batch[0]", "- BatchId", "is of type String" },
        { "BatchId == ''", "BatchId < ''", "areas.A.lines.Filling.idle.no-batch[0]", "- BatchId", "compares numbers" },
        { "BatchId == ''", "BatchId is empty", "areas.A.lines.Filling.idle.no-batch[0]", "- BatchId", "must be a condition such as" },
        { "Speed < 0.5", "Speed < NaN", "areas.A.lines.Filling.idle.no-motion[0]", "- Filler.Speed", "nothing to compare with" },
        { "Speed < 0.5", "Speed < 1e999", "areas.A.lines.Filling.idle.no-motion[0]", "- Filler.Speed", "nothing to compare with" },
        { "          no-batch:\n            - BatchId == ''\n", "", "areas.A.lines.Filling.idle.no-batch", "idle:", "no-batch: none" },
        { "\n            - Filler.Speed < 0.5", " []", "areas.A.lines.Filling.idle.no-motion", "no-motion:", "has no conditions" },
        { "servers: [plc]\n        batch", "always-on: true\n        servers: [plc]\n        batch", "areas.A.lines.Filling.always-on", "always-on:", "never idle" },
        { "batch: BatchId", "hold: methods", "areas.A.lines.Filling.hold", "hold:", "must be 'none'" },
        { "batch: BatchId", "dwell: 0s", "areas.A.lines.Filling.dwell", "dwell:", "at least 1s" },
        { "batch: BatchId", "dwell: 2 minutes", "areas.A.lines.Filling.dwell", "dwell:", "must be a duration" },
        { "lines: [Filling]", "lines: [Filing]", "hosts.hmi.lines[0]", "hmi:", "did you mean 'Filling'?" },
        { "lines: [Filling]", "lines: []", "hosts.hmi.lines", "hmi:", "names no line" },
        { ", lines: [Filling]", "", "hosts.hmi.lines", "hmi:", "names no line" },
        { "site: S", "site: S#1", "site", "site:", "cannot contain '#'" },
        { "site: S", "", "site", "defaults:", "is required and missing" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Mistake_is_refused_with_file_line_key_and_remedy(string there, string instead, string key, string lineStart, string message)
    {
        var at = Valid.IndexOf(there, StringComparison.Ordinal);
        Assert.True(at >= 0, "the mistake has its place in the valid file");
        var text = Valid[..at] + instead + Valid[(at + there.Length)..];

        var errors = Assert.Throws<ConfigurationException>(() => PlantFile.Parse(text, "plant.yaml")).Errors;

        var error = errors.FirstOrDefault(candidate => candidate.Key == key);
        Assert.True(error is not null, string.Join('\n', errors));
        Assert.Equal("plant.yaml", error.File);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(lineStart, string.Join('\n', text.Split('\n')[(error.Line - 1)..]).TrimStart(), StringComparison.Ordinal);
    }

    [Fact]
    public void Line_without_conditions_is_refused()
    {
        var text = Valid[..Valid.IndexOf("        idle:", StringComparison.Ordinal)] + Valid[Valid.IndexOf("hosts:", StringComparison.Ordinal)..];

        var error = Assert.Single(Assert.Throws<ConfigurationException>(() => PlantFile.Parse(text, "plant.yaml")).Errors);
        Assert.Equal("areas.A.lines.Filling.idle", error.Key);
        Assert.Contains("always-on: true", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Empty_file_is_refused_for_everything_it_lacks() => Assert.Equal(
        ["areas", "gateways", "servers", "site"],
        Assert.Throws<ConfigurationException>(() => PlantFile.Parse("", "plant.yaml")).Errors.Select(error => error.Key).Order());

    [Fact]
    public void Hash_ignores_comments_layout_and_order_and_nothing_else()
    {
        var hash = PlantFile.Parse(Valid, "plant.yaml").Hash;

        Assert.Equal(hash, PlantFile.Parse("# comment\n" + Valid.Replace("site: S\n", "", StringComparison.Ordinal) + "\nsite:   'S'\n", "elsewhere/plant.yaml").Hash);
        Assert.Equal(hash, PlantFile.Parse(Valid.Replace("{ class: hmi, lines: [Filling] }", "{lines: [ Filling ], class: hmi}", StringComparison.Ordinal), "p").Hash);
        Assert.NotEqual(hash, PlantFile.Parse(Valid.Replace("0.5", "0.6", StringComparison.Ordinal), "plant.yaml").Hash);
        Assert.NotEqual(hash, PlantFile.Parse(Valid.Replace("critical: true", "critical: false", StringComparison.Ordinal), "plant.yaml").Hash);
    }

    [Theory]
    [InlineData("hold: { method: }", HoldMode.Method, "nsu=urn:x;s=Filling.RequestHold", "nsu=urn:x;s=Filling.ReleaseHold", "nsu=urn:x;s=Filling")]
    [InlineData("hold: { tags: { request: nsu=urn:y;i=5 } }", HoldMode.Tags, "nsu=urn:y;i=5", "nsu=urn:x;s=Filling.HoldAck", null)]
    public void Hold_names_its_nodes(string hold, HoldMode mode, string request, string release, string? owner)
    {
        var line = PlantFile.Parse(Valid.Replace("batch: BatchId", hold, StringComparison.Ordinal), "plant.yaml").Lines.Single();

        Assert.Equal(mode, line.Hold);
        Assert.Equal(new HoldNodes("plc", request, release, owner), line.HoldNodes);
    }
}
