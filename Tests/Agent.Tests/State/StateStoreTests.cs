using PatchEdge.Agent.Execution;
using PatchEdge.Agent.Procedures;
using PatchEdge.Agent.State;
using PatchEdge.Agent.Tests.Harness;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Agent.Tests.State;

public sealed class StateStoreTests : IDisposable
{
    private static readonly Procedure Procedure = new()
    {
        Name = "update",
        Folder = "/srv",
        Steps = [StepHelper.Step("one", "exit", "0") with { Environment = ["PATH"], Repeatable = true }],
        Rollback = [StepHelper.Step("back", "exit", "0") with { Undoes = "one" }],
    };

    private readonly TemporaryFolder folder = new();

    private string StatePath => folder.File(StateStore.FileName);

    [Fact]
    public void Saved_state_is_there_after_a_restart()
    {
        var run = RunRecord.Accepted(SchedulerKey.Permit(Procedure, "nonce"), Procedure, DateTimeOffset.UnixEpoch).Entered("boot-1", DateTimeOffset.UnixEpoch);
        using (var store = Open())
            store.Save(store.Current! with { HighestToken = 7, Run = run });
        using var again = Open();
        Assert.Null(again.Fault);
        Assert.Equal(7, again.Current!.HighestToken);
        Assert.Equal(run.Progress, again.Current.Run!.Progress);
        Assert.True(again.Current.Run.Inside);
        Assert.Equal("boot-1", again.Current.Run.Boot);
        Assert.Equal(Procedure.Digest(), again.Current.Run.Procedure.Digest());
        Assert.Equal(StepHelper.Command("exit", "0"), again.Current.Run.Step!.Command);
    }

    [Fact]
    [Trait("Req", "I3")]
    public void Token_cannot_sink()
    {
        using var store = Open();
        store.Save(store.Current! with { HighestToken = 7 });
        Assert.Throws<ArgumentException>(() => store.Save(store.Current! with { HighestToken = 6 }));
    }

    [Fact]
    [Trait("Req", "I3")]
    public void Any_changed_byte_makes_the_state_unusable_and_never_zero()
    {
        using (var store = Open())
            store.Save(store.Current! with { HighestToken = 7 });
        var sound = File.ReadAllBytes(StatePath);
        for (var i = 0; i < sound.Length; i++)
        {
            var changed = sound.ToArray();
            changed[i] ^= 1;
            File.WriteAllBytes(StatePath, changed);
            Unusable();
        }
    }

    [Fact]
    public void Any_cut_makes_the_state_unusable()
    {
        using (var store = Open())
            store.Save(store.Current! with { HighestToken = 7 });
        var sound = File.ReadAllBytes(StatePath);
        for (var length = 0; length < sound.Length; length++)
        {
            File.WriteAllBytes(StatePath, sound[..length]);
            Unusable();
        }
    }

    [Fact]
    [Trait("Req", "I3")]
    public void Deleted_state_is_not_a_first_start()
    {
        Open().Dispose();
        File.Delete(StatePath);
        Unusable();
        Assert.False(File.Exists(StatePath));
        Assert.Null(StateStore.Peek(folder.Path, out var fault));
        Assert.Contains("reset-state", fault);
    }

    [Fact]
    public void Half_written_replacement_is_ignored()
    {
        using (var store = Open())
            store.Save(store.Current! with { HighestToken = 7 });
        File.WriteAllText(StatePath + ".new", "{\"vers");
        using var again = Open();
        Assert.Equal(7, again.Current!.HighestToken);
    }

    [Fact]
    public void State_of_another_host_is_unusable()
    {
        StateStore.Open(folder.Path, SchedulerKey.Site, "other").Dispose();
        using var store = Open();
        Assert.Null(store.Current);
        Assert.Contains("belongs to host 'other'", store.Fault);
    }

    [Fact]
    public void Directory_has_one_owner_at_a_time()
    {
        using (Open())
            Assert.Contains("another agent", Assert.Throws<IOException>(() => Open().Dispose()).Message);
        Open().Dispose();
    }

    [Fact]
    public void State_that_cannot_be_written_stays_unusable_until_a_restart()
    {
        using var store = Open();
        Directory.CreateDirectory(StatePath + ".new");
        Assert.Throws<IOException>(() => store.Save(store.Current! with { HighestToken = 7 }));
        Assert.Contains("could not be written", store.Fault);
        Directory.Delete(StatePath + ".new");
        Assert.Throws<IOException>(() => store.Save(store.Current! with { HighestToken = 7 }));
        Assert.Equal(0, store.Current!.HighestToken);
    }

    [Fact]
    public void Reset_by_a_person_sets_the_token_and_keeps_what_was_damaged()
    {
        Open().Dispose();
        File.WriteAllText(StatePath, "damaged");
        StateStore.Reset(folder.Path, SchedulerKey.Site, SchedulerKey.Host, 41, DateTimeOffset.UnixEpoch);
        using var store = Open();
        Assert.Equal(41, store.Current!.HighestToken);
        Assert.Equal("damaged", File.ReadAllText(Assert.Single(Directory.GetFiles(folder.Path, "*.damaged-*"))));
    }

    [Fact]
    public void State_file_is_its_owners_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows keeps permissions in the directory");
        Open().Dispose();
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(StatePath));
    }

    public void Dispose() => folder.Dispose();

    private StateStore Open() => StateStore.Open(folder.Path, SchedulerKey.Site, SchedulerKey.Host);

    private void Unusable()
    {
        using var store = Open();
        Assert.Null(store.Current);
        Assert.Contains("reset-state", store.Fault);
        Assert.Throws<IOException>(() => store.Save(new AgentState { Version = 1, Site = SchedulerKey.Site, Host = SchedulerKey.Host, HighestToken = 99 }));
    }
}
