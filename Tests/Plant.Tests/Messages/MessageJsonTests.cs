using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;

namespace PatchEdge.Plant.Tests.Messages;

public sealed class MessageJsonTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, 123, TimeSpan.Zero);

    /// <summary>One message of each kind with every property set.</summary>
    private static readonly object[] Messages =
    [
        new LineReport
        {
            Site = "S", Line = "Füllung <1>", Gateway = "g", Boot = "b", Sequence = 7, At = At, ValidForMs = 3_000, State = LineState.Settling, Since = At,
            ExpectedIdleAt = At.AddMinutes(2), ProvenUntil = At, Batch = "", HeldToken = 41, Reason = "Settling.", ClockOffsetMs = -12.5, ConfigurationHash = "abc",
            Conditions =
            [
                new ConditionReport
                {
                    Group = ConditionGroup.NoMotion, Text = "L/U.Speed < 0.5", Tag = "L/U.Speed", Outcome = ConditionOutcome.Doubt, Value = "NaN",
                    Quality = "Good", SourceTime = At, AgeMs = 4.5, Since = At, Reason = "no measurement",
                },
            ],
        },
        new LedgerHead { Site = "S", Size = 12, Root = new string('a', 64), At = At },
        new GatewayStatus
        {
            Site = "S", Gateway = "g", Boot = "b", Online = true, At = At, ValidForMs = 5_000, ConfigurationHash = "abc", JournalWritable = true,
            JournalBacklog = long.MaxValue, Servers = [new ServerConnectionStatus("plc", "Connected", 12, 1, 3.5)], ConfigurationTrouble = "plant.yaml:3: url: missing",
        },
        new CoverageDigest
        {
            Site = "S", Gateway = "g", Boot = "b", Sequence = 3, At = At, ValidForMs = 5_000, ConfigurationHash = "abc", UndeliveredMs = 12.5,
            Servers = [new ServerCoverage { Server = "plc", ProvenUntil = At, UnbrokenSince = At.AddHours(-1), NotObserved = ["L/T"] }],
        },
        new AgentStatus
        {
            Site = "S", Host = "h", Boot = "b", Online = true, At = At, ValidForMs = 5_000, Version = "1.0", HighestToken = 41, Fault = "f", CurrentRun = "r",
            PinnedKey = "k", Procedures = [new InstalledProcedure("reboot", "d", 60_000, ["stop", "start"])],
        },
        new PermitOffer { Run = "r", Host = "h", Procedure = "p", ProcedureDigest = "pd", PatchDigest = "d" },
        new PermitRequest { Run = "r", Host = "h", Boot = "b", Nonce = "n" },
        new Permit
        {
            Site = "S", Run = "r", Host = "h", Lines = ["A", "B"], Procedure = "p", ProcedureDigest = "pd", PatchDigest = "d", Token = 42, Nonce = "n",
            LifetimeMs = 30_000, IssuedAt = At, LedgerHash = "l",
        },
        new EmergencyStopPressed { Site = "S", By = "p", Reason = "x" },
        new HoldRequest { Run = "r", Line = "L", Action = HoldAction.Hold, Token = 42, DurationMs = 60_000, Request = "q" },
        new HoldReply
        {
            Run = "r", Line = "L", Gateway = "g", Action = HoldAction.Release, Token = 42, Request = "q", Granted = true, Answered = true, Epoch = 3, Reason = "x",
            IdleAfterHold = true, ReadAt = At,
        },
        new GoAheadRequest { Run = "r", Host = "h", Token = 42, Step = "s", Nonce = "n" },
        new GoAhead { Run = "r", Host = "h", Token = 42, Step = "s", Nonce = "n", Granted = false, LifetimeMs = 1, Reason = "no" },
        new RunProgress { Run = "r", Host = "h", Token = 42, Sequence = 3, At = At, Phase = RunPhase.AwaitingGoAhead, Step = "s", ExitCode = -1, Detail = "…" },
        new ProgressAcknowledged { Run = "r", Token = 42, Sequence = 3 },
        new Gap
        {
            Id = "i", Tag = "L/T", Line = "L", Gateway = "g", Server = "plc", Cause = GapCause.SourceFrozen, Start = At, End = At.AddSeconds(1),
            Repair = GapRepair.Backfilled, Run = "r", Detail = "d",
        },
        new Attestation
        {
            Site = "S", Gateway = "g", Boot = "b", Sequence = 9, Start = At, End = At.AddSeconds(10), ConfigurationHash = "abc", Tags = 26,
            SamplesReceived = 1, SamplesJournaled = 1, SamplesDelivered = 1, ClockOffsetMs = 0.5, Previous = "",
        },
    ];

    public static TheoryData<string> Kinds => [.. Messages.Select(message => message.GetType().Name)];

    [Fact]
    public void Gateway_status_before_any_clock_was_measured_can_be_read()
    {
        var status = new GatewayStatus { Site = "S", Gateway = "g", Boot = "b", Online = true, Servers = [new ServerConnectionStatus("plc", "Connecting", 0, 0)] };
        var json = JsonSerializer.SerializeToUtf8Bytes(status, MessageJson.Default.GatewayStatus);
        Assert.Null(JsonSerializer.Deserialize(json, MessageJson.Default.GatewayStatus)!.Servers[0].ClockOffsetMs);
    }

    [Fact]
    public void Every_kind_of_message_is_tested() => Assert.Equal(
        typeof(MessageJson).GetCustomAttributesData().Where(data => data.AttributeType == typeof(JsonSerializableAttribute))
            .Select(data => ((Type)data.ConstructorArguments[0].Value!).Name).Order(),
        Messages.Select(message => message.GetType().Name).Order());

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Message_comes_back_whole(string kind)
    {
        var message = Message(kind);
        Assert.All(message.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance), property => Assert.NotNull(property.GetValue(message)));

        var json = Write(message);
        var back = Read(json, message.GetType());

        Assert.Equal(json, Write(back));
        foreach (var property in message.GetType().GetProperties().Where(property => !property.PropertyType.Name.StartsWith("ImmutableArray", StringComparison.Ordinal)))
            Assert.Equal(property.GetValue(message), property.GetValue(back));
        Assert.True(json.Length < MessageJson.MaximumBytes);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Optional_property_that_is_absent_has_its_default(string kind)
    {
        var type = Message(kind).GetType();
        var json = JsonNode.Parse(Write(Message(kind)))!.AsObject();
        var optional = type.GetProperties().Where(property => property.GetCustomAttribute<System.Runtime.CompilerServices.RequiredMemberAttribute>() is null).ToList();
        foreach (var property in optional)
            json.Remove(JsonNamingPolicy.CamelCase.ConvertName(property.Name));

        var back = Read(json.ToJsonString(), type);

        foreach (var property in optional)
            if (property.PropertyType == typeof(string) && new NullabilityInfoContext().Create(property).ReadState == NullabilityState.NotNull)
                Assert.Equal("", property.GetValue(back));
            else if (property.PropertyType.Name.StartsWith("ImmutableArray", StringComparison.Ordinal))
                Assert.Empty((System.Collections.IEnumerable)property.GetValue(back)!);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Message_without_or_with_null_for_a_required_property_is_refused(string kind)
    {
        var type = Message(kind).GetType();
        foreach (var name in type.GetProperties().Where(property => property.GetCustomAttribute<System.Runtime.CompilerServices.RequiredMemberAttribute>() is not null)
                     .Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name)))
        {
            var json = JsonNode.Parse(Write(Message(kind)))!.AsObject();
            json[name] = null;
            Assert.Throws<JsonException>(() => Read(json.ToJsonString(), type));
            json.Remove(name);
            Assert.Throws<JsonException>(() => Read(json.ToJsonString(), type));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Message_with_a_property_given_twice_is_refused(string kind)
    {
        var json = Write(Message(kind));
        var first = json[1..json.IndexOf(',', StringComparison.Ordinal)];

        Assert.Throws<JsonException>(() => Read("{" + first + "," + json[1..], Message(kind).GetType()));
    }

    [Theory]
    [InlineData("3")]
    [InlineData("99")]
    [InlineData("\"3\"")]
    [InlineData("\"Idle, Active\"")]
    [InlineData("\"Sleeping\"")]
    [InlineData("\"\"")]
    public void Enumerations_travel_by_name_only(string state)
    {
        var json = Write(Message(nameof(LineReport)));

        Assert.Contains("\"state\":\"Settling\"", json, StringComparison.Ordinal);
        Assert.Throws<JsonException>(() => Read(json.Replace("\"Settling\"", state, StringComparison.Ordinal), typeof(LineReport)));
    }

    [Fact]
    public void Unknown_property_of_a_newer_version_is_passed_over() =>
        Assert.IsType<ProgressAcknowledged>(Read("""{"run":"r","token":1,"sequence":2,"later":{"x":[1]}}""", typeof(ProgressAcknowledged)));

    private static object Message(string kind) => Messages.Single(message => message.GetType().Name == kind);

    private static string Write(object message) => JsonSerializer.Serialize(message, message.GetType(), MessageJson.Default);

    private static object Read(string json, Type type) => JsonSerializer.Deserialize(json, type, MessageJson.Default)!;
}
