using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Evidence;

public sealed class AgentTextsTests
{
    private readonly AgentTexts texts = new();

    [Fact]
    public void Agents_that_say_the_same_share_it_and_say_it_still()
    {
        var (one, other) = (texts.Share(Heartbeat("install", "a")), texts.Share(Heartbeat("install", "a") with { Host = "another", HighestToken = 7 }));

        Assert.Same(one.PinnedKey, other.PinnedKey);
        Assert.Same(one.Procedures[0], other.Procedures[0]);
        Assert.Equal(("another", 7L, "a", "install"), (other.Host, other.HighestToken, other.PinnedKey, other.Procedures[0].Name));
    }

    [Fact]
    public void What_differs_in_anything_is_not_shared()
    {
        var known = texts.Share(Heartbeat("install", "a")).Procedures[0];

        foreach (var changed in (InstalledProcedure[])[
            known with { Name = "other" }, known with { Digest = new string('0', 64) }, known with { LongestMs = 1 }, known with { ProvesHealth = !known.ProvesHealth },
            known with { Steps = ["install"] }])
        {
            var shared = texts.Share(Heartbeat("install", "a") with { Procedures = [changed] }).Procedures[0];
            Assert.Equal((changed.Name, changed.Digest, changed.LongestMs, changed.ProvesHealth), (shared.Name, shared.Digest, shared.LongestMs, shared.ProvesHealth));
            Assert.Equal(changed.Steps, shared.Steps.AsEnumerable());
        }
    }

    [Fact]
    public void Agents_that_never_repeat_themselves_are_forgotten_and_still_heard()
    {
        var first = texts.Share(Heartbeat("install", "0"));
        for (var number = 1; number <= AgentTexts.Kept; number++)
            Assert.Equal($"{number}", texts.Share(Heartbeat("install", $"{number}")).PinnedKey);

        Assert.NotSame(first.PinnedKey, texts.Share(Heartbeat("install", "0")).PinnedKey);
    }

    /// <summary>With texts of its own, as from a message.</summary>
    private static AgentStatus Heartbeat(string procedure, string key) => Facts.Agent(TestPlant.Hmi) with
    {
        PinnedKey = new string(key),
        Procedures = [new InstalledProcedure(new string(procedure), new string('e', 64), 600_000, ["install", "reboot"])],
    };
}
