using PatchEdge.Plant.States;

namespace PatchEdge.Plant.Tests.States;

public sealed class StateProfilesTests
{
    [Theory]
    [InlineData("packml", "0 Undefined, 1 Clearing, 2 Stopped, 3 Starting, 4 Idle, 5 Suspended, 6 Execute, 7 Stopping, 8 Aborting, 9 Aborted, 10 Holding, 11 Held, 12 Unholding, 13 Suspending, 14 Unsuspending, 15 Resetting, 16 Completing, 17 Complete")]
    [InlineData("packml-mode", "0 Invalid, 1 Produce, 2 Maintenance, 3 Manual")]
    [InlineData("tmc", "0 Stopped, 1 Resetting, 2 Idle, 3 Starting, 4 Execute, 5 Completing, 6 Complete, 7 Aborting, 8 Aborted, 9 Stopping, 10 Clearing, 11 Suspending, 12 Suspended, 13 Unsuspending, 14 Holding, 15 Held, 16 Unholding")]
    [InlineData("lads-functional", "1 Aborted, 2 Aborting, 3 Clearing, 4 Stopped, 5 Running, 6 Stopping")]
    [InlineData("machinery-item", "0 NotAvailable, 1 OutOfService, 2 NotExecuting, 3 Executing")]
    [InlineData("isa95-job", "1 NotAllowedToStart, 2 AllowedToStart, 3 Running, 4 Interrupted, 5 Ended, 6 Aborted")]
    [InlineData("mtp", "4 Stopped, 8 Starting, 16 Idle, 32 Paused, 64 Execute, 128 Stopping, 256 Aborting, 512 Aborted, 1024 Holding, 2048 Held, 4096 Unholding, 8192 Pausing, 16384 Resuming, 32768 Resetting, 65536 Completing, 131072 Completed")]
    public void Profile_has_its_standard_numbers_and_no_other(string name, string expected)
    {
        var profile = Profile(name);

        Assert.Equal(expected, string.Join(", ", profile.States.OrderBy(state => state.Key).Select(state => profile.Describe(state.Key))));
        for (var number = -1; number <= 200_000; number++)
            Assert.Equal(profile.States.ContainsKey(number), profile.NameOf(number) is not null);
    }

    [Theory]
    [InlineData("packml", "Idle, Stopped", "Aborted, Complete")]
    [InlineData("packml-mode", "", "Maintenance, Manual, Produce")]
    [InlineData("tmc", "Idle, Stopped", "Aborted, Complete")]
    [InlineData("lads-functional", "Stopped", "Aborted")]
    [InlineData("machinery-item", "NotExecuting, OutOfService", "")]
    [InlineData("isa95-job", "", "Aborted, AllowedToStart, Ended, NotAllowedToStart")]
    [InlineData("mtp", "Idle, Stopped", "Aborted, Completed")]
    public void Only_rest_is_idle_by_default_and_little_more_by_choice(string name, string byDefault, string byChoice)
    {
        var profile = Profile(name);

        Assert.Equal(byDefault, string.Join(", ", profile.DefaultIdle.Order()));
        Assert.Equal(byChoice, string.Join(", ", profile.AllowedIdle.Except(profile.DefaultIdle).Order()));
        foreach (var state in profile.States.Values)
            Assert.Equal(profile.AllowedIdle.Contains(state), profile.NeverIdle(state) is null);
    }

    [Fact]
    [Trait("Req", "promise-1")]
    public void Held_suspended_and_paused_are_in_process_everywhere()
    {
        string[] inProcess = ["Held", "Suspended", "Paused", "Interrupted", "Execute", "Running", "Executing", "Holding", "Unholding", "Suspending", "Unsuspending", "Restarting"];
        foreach (var (state, profile) in StateProfiles.All.Append(StateProfiles.Isa88("r", new Dictionary<int, string>()))
                     .SelectMany(profile => profile.Meanings.Keys.Select(state => (state, profile))).Where(pair => inProcess.Contains(pair.state)))
            Assert.Contains("product is in process", profile.NeverIdle(state), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4.5)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1e300)]
    [InlineData(-4)]
    public void What_is_no_state_number_has_no_name(double number) => Assert.Null(StateProfiles.PackML.NameOf(number));

    [Fact]
    public void Isa88_takes_the_vendors_numbers_and_only_its_own_names()
    {
        var profile = StateProfiles.Isa88("reactor", new Dictionary<int, string> { [-5] = "Idle", [7] = "Running", [8] = "Running" });

        Assert.Equal("Idle", profile.NameOf(-5));
        Assert.Equal("Running", profile.NameOf(8));
        Assert.Throws<ArgumentException>(() => StateProfiles.Isa88("reactor", new Dictionary<int, string> { [1] = "Execute" }));
    }

    private static StateProfile Profile(string name) => StateProfiles.All.Single(profile => profile.Name == name);
}
