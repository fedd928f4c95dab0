using System.Text;
using Microsoft.Extensions.Time.Testing;
using PatchEdge.Agent.Configuration;
using PatchEdge.Agent.Execution;
using PatchEdge.Agent.Permits;
using PatchEdge.Agent.Procedures;
using PatchEdge.Agent.State;
using PatchEdge.Agent.Tests.Harness;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Signing;

namespace PatchEdge.Agent.Tests.Permits;

public sealed class PermitDeskTests : IDisposable
{
    private static readonly Procedure Procedure = new() { Name = "update", Folder = "/", Steps = [StepHelper.Step("one", "exit", "0")], Rollback = [] };

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 1, 8, 0, 0, TimeSpan.Zero));
    private readonly SchedulerKey scheduler = new();
    private readonly AgentState state = new() { Version = 1, Site = SchedulerKey.Site, Host = SchedulerKey.Host, HighestToken = 5 };
    private readonly PermitDesk desk;

    public PermitDeskTests() => desk = NewDesk();

    [Fact]
    public void Genuine_permit_is_accepted_once()
    {
        var permit = Ask();
        var verdict = Judge(permit);
        Assert.Null(verdict.Refusal);
        Assert.Equal(Procedure, verdict.Procedure);
        Assert.True(verdict.Permission.IsLive(time));
        Assert.Equal(Refusal.UsedNonce, Judge(permit).Refusal);
    }

    [Fact]
    [Trait("Req", "I8")]
    public void Retained_permit_is_refused_before_it_is_looked_at()
    {
        var permit = Ask();
        Assert.Equal(Refusal.Retained, desk.Judge(Bytes(scheduler.Sign(permit)), retained: true, state, null).Refusal);
        Assert.Null(Judge(permit).Refusal);
    }

    [Fact]
    public void Permit_of_another_type_is_not_genuine() =>
        Assert.Equal(Refusal.NotGenuine, desk.Judge(Bytes(scheduler.Sign(Ask(), SignedToken.GoAheadType)), false, state, null).Refusal);

    [Fact]
    public void Permit_of_another_key_is_not_genuine()
    {
        using var other = new SchedulerKey();
        Assert.Equal(Refusal.NotGenuine, desk.Judge(Bytes(other.Sign(Ask())), false, state, null).Refusal);
    }

    [Fact]
    public void Permit_with_any_character_changed_is_refused_and_not_reported()
    {
        var genuine = scheduler.Sign(Ask());
        for (var i = 0; i < genuine.Length; i++)
        {
            var changed = genuine[..i] + (genuine[i] == 'A' ? 'B' : 'A') + genuine[(i + 1)..];
            if (IsSameSignature(genuine, changed))
                continue;
            var verdict = desk.Judge(Bytes(changed), false, state, null);
            Assert.Equal(Refusal.NotGenuine, verdict.Refusal);
            Assert.False(verdict.Reportable);
        }

        Assert.Null(desk.Judge(Bytes(genuine), false, state, null).Refusal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("a.b.c.d")]
    public void Anything_else_is_not_genuine(string text) =>
        Assert.Equal(Refusal.NotGenuine, desk.Judge(Bytes(text), false, state, null).Refusal);

    [Fact]
    public void Oversize_message_is_malformed() =>
        Assert.Equal(Refusal.Malformed, desk.Judge(new byte[SignedToken.MaximumLength + 1], false, state, null).Refusal);

    [Fact]
    public void Signed_permit_that_lacks_a_field_is_refused() =>
        Assert.Equal(Refusal.NotGenuine, Judge(Ask() with { PatchDigest = null! }).Refusal);

    [Fact]
    public void Permit_for_another_site_is_refused() => Refused(Refusal.OtherSite, Ask() with { Site = "Other" }, reportable: false);

    [Fact]
    public void Permit_for_another_host_is_refused() => Refused(Refusal.OtherHost, Ask() with { Host = "packaging-hmi" }, reportable: false);

    [Fact]
    public void Permit_for_another_run_is_refused() => Refused(Refusal.OtherRun, Ask() with { Run = "run-2" }, reportable: false);

    [Fact]
    public void Permit_with_a_nonce_never_made_is_refused() => Refused(Refusal.UnknownNonce, Ask() with { Nonce = PendingNonces.Create() }, reportable: false);

    [Fact]
    [Trait("Req", "I8")]
    public void Permit_from_before_a_restart_is_refused()
    {
        var captured = Ask();
        using var restarted = NewDesk();
        Assert.Equal(Refusal.UnknownNonce, restarted.Judge(Bytes(scheduler.Sign(captured)), false, state, null).Refusal);
    }

    [Fact]
    [Trait("Req", "I3")]
    public void Permit_whose_token_is_not_higher_is_refused() => Refused(Refusal.TokenNotHigher, Ask() with { Token = 5 }, reportable: true);

    [Fact]
    public void Permit_for_a_procedure_that_is_not_installed_is_refused() =>
        Refused(Refusal.ProcedureUnknown, Ask() with { Procedure = "another" }, reportable: true);

    [Fact]
    public void Permit_for_a_procedure_as_it_was_before_a_change_is_refused() =>
        Refused(Refusal.ProcedureChanged, Ask() with { ProcedureDigest = new string('0', 64) }, reportable: true);

    [Fact]
    public void Permit_for_another_patch_than_offered_is_refused() =>
        Refused(Refusal.OtherPatch, Ask() with { PatchDigest = new string('c', 64) }, reportable: true);

    [Fact]
    public void Permit_while_a_run_is_under_way_is_refused()
    {
        var permit = Ask();
        var busy = state with { Run = RunRecord.Accepted(permit with { Run = "run-0" }, Procedure, time.GetUtcNow()) };
        Assert.Equal(Refusal.Busy, desk.Judge(Bytes(scheduler.Sign(permit)), false, busy, null).Refusal);
    }

    [Fact]
    public void Permit_over_unusable_state_is_refused() =>
        Assert.Equal(Refusal.StateUnusable, desk.Judge(Bytes(scheduler.Sign(Ask())), false, null, "damaged").Refusal);

    [Fact]
    [Trait("Req", "I8")]
    public void Permit_expires_by_the_time_since_its_nonce_was_sent()
    {
        var permit = Ask() with { LifetimeMs = 10_000 };
        time.Advance(TimeSpan.FromMilliseconds(9_999));
        var other = Ask() with { LifetimeMs = 10_000 };
        time.Advance(TimeSpan.FromMilliseconds(1));
        Refused(Refusal.Expired, permit, reportable: true);
        Assert.Null(Judge(other).Refusal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void Permit_without_a_lifetime_is_expired(int lifetime) => Refused(Refusal.Expired, Ask() with { LifetimeMs = lifetime }, reportable: true);

    [Fact]
    public void Lifetime_is_capped_whatever_the_permit_says()
    {
        var permit = Ask() with { LifetimeMs = int.MaxValue };
        time.Advance(new AgentTimings().LongestLifetime);
        Refused(Refusal.Expired, permit, reportable: true);
    }

    [Fact]
    public void Wall_clock_may_shorten_a_lifetime_but_not_lengthen_it()
    {
        var suspended = new SplitClock();
        using var own = new PermitDesk(scheduler.Identity, new ProcedureShelf([Procedure]), new AgentTimings(), suspended);
        var permit = Permit(own);
        suspended.Wall += TimeSpan.FromHours(1);
        Assert.Equal(Refusal.Expired, own.Judge(Bytes(scheduler.Sign(permit)), false, state, null).Refusal);
        var second = Permit(own);
        suspended.Wall -= TimeSpan.FromHours(2);
        suspended.Ticks += TimeSpan.FromSeconds(31).Ticks;
        Assert.Equal(Refusal.Expired, own.Judge(Bytes(scheduler.Sign(second)), false, state, null).Refusal);
    }

    [Fact]
    public void Offers_make_the_agent_talk_within_bounds()
    {
        var answered = 0;
        for (var i = 0; i < 10_000; i++)
        {
            answered += desk.Answer(SchedulerKey.Offer(Procedure), state, null, out _) is null ? 0 : 1;
            time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.InRange(answered, 1, PendingNonces.MaximumOpen);
    }

    [Fact]
    public void Open_nonces_are_bounded_and_none_is_pushed_out()
    {
        var first = Ask() with { LifetimeMs = 120_000 };
        for (var i = 0; i < 100; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            desk.Answer(SchedulerKey.Offer(Procedure), state, null, out _);
        }

        Assert.Null(Judge(first).Refusal);
    }

    [Theory]
    [InlineData("run 1")]
    [InlineData("run\n1")]
    [InlineData("")]
    [InlineData("-run")]
    [InlineData("$(reboot)")]
    [InlineData("run-1\n")]
    public void Offer_whose_run_could_trouble_a_command_is_declined(string run)
    {
        Assert.Null(desk.Answer(SchedulerKey.Offer(Procedure, run), state, null, out var declined));
        Assert.Contains("environment", declined);
    }

    [Fact]
    public void Offer_is_declined_for_another_host_an_unknown_or_changed_procedure_and_while_busy()
    {
        var offer = SchedulerKey.Offer(Procedure);
        Assert.Null(desk.Answer(offer with { Host = "other" }, state, null, out _));
        Assert.Null(desk.Answer(offer with { Procedure = "other" }, state, null, out _));
        Assert.Null(desk.Answer(offer with { ProcedureDigest = "other" }, state, null, out _));
        Assert.Null(desk.Answer(offer with { PatchDigest = "A" + SchedulerKey.Patch[1..] }, state, null, out _));
        Assert.Null(desk.Answer(offer, null, "damaged", out _));
        var over = RunRecord.Refused(SchedulerKey.Permit(Procedure, "nonce"), "because", time.GetUtcNow());
        Assert.Null(desk.Answer(offer, state with { Run = over }, null, out var declined));
        Assert.Contains("not acknowledged", declined);
        Assert.NotNull(desk.Answer(offer, state with { Run = over with { Acknowledged = true } }, null, out _));
    }

    [Fact]
    public void Nonces_are_32_bytes_and_differ()
    {
        var nonces = Enumerable.Range(0, 100).Select(_ => PendingNonces.Create()).ToArray();
        Assert.Equal(100, nonces.Distinct().Count());
        Assert.All(nonces, nonce => Assert.Equal(32, System.Buffers.Text.Base64Url.DecodeFromChars(nonce).Length));
    }

    public void Dispose()
    {
        desk.Dispose();
        scheduler.Dispose();
    }

    private PermitDesk NewDesk() => new(scheduler.Identity, new ProcedureShelf([Procedure]), new AgentTimings(), time);

    private Permit Ask() => Permit(desk);

    private Permit Permit(PermitDesk asked) =>
        SchedulerKey.Permit(Procedure, asked.Answer(SchedulerKey.Offer(Procedure), state, null, out _)!.Nonce);

    private PermitVerdict Judge(Permit permit) => desk.Judge(Bytes(scheduler.Sign(permit)), false, state, null);

    private void Refused(Refusal refusal, Permit permit, bool reportable)
    {
        var verdict = Judge(permit);
        Assert.Equal(refusal, verdict.Refusal);
        Assert.Equal(reportable, verdict.Reportable);
        Assert.NotEmpty(verdict.Detail);
    }

    private static byte[] Bytes(string token) => Encoding.UTF8.GetBytes(token);

    /// <summary>The last character of base64url carries bits that are not used: changing only those changes nothing.</summary>
    private static bool IsSameSignature(string one, string other)
    {
        try
        {
            return one[..one.LastIndexOf('.')] == other[..other.LastIndexOf('.')]
                && System.Buffers.Text.Base64Url.DecodeFromChars(one.Split('.')[2]).SequenceEqual(System.Buffers.Text.Base64Url.DecodeFromChars(other.Split('.')[2]));
        }
        catch (Exception exception) when (exception is FormatException or ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            return false;
        }
    }

    /// <summary>A clock whose two halves move apart, as on a machine that was suspended or set.</summary>
    private sealed class SplitClock : TimeProvider
    {
        public DateTimeOffset Wall { get; set; } = DateTimeOffset.UnixEpoch.AddYears(50);

        public long Ticks { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Wall;

        public override long GetTimestamp() => Ticks;
    }
}
