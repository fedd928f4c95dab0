namespace PatchEdge.Model;

/// <summary>Of two schedulers that share a database only the one that has the lease writes, so nothing is released twice; and each rule of the lease that is taken away breaks that.</summary>
public sealed class LeaseModelTests
{
    private const string File = "lease.pml";

    /// <summary>What is dropped, which check is looked at (0 is L1), and so which one must break.</summary>
    public static TheoryData<string, string, string> Mutants => new()
    {
        { "MUTANT_TERM", "CHECK=0", "L1" },
        { "MUTANT_TERM", "CHECK=5", "I5" },
        { "MUTANT_LOCK", "CHECK=0", "L1" },
        { "MUTANT_LOCK", "CHECK=5", "I5" },
        { "MUTANT_REREAD", "CHECK=5", "I5" },
        { "MUTANT_WORD", "CHECK=9", "I9" },
    };

    [Fact]
    [Trait("Req", "I5")]
    [Trait("Req", "I9")]
    public async Task Frozen_leader_writes_nothing_and_no_run_is_released_twice()
    {
        var finding = await SpinModel.SearchAsync(File, Environment.GetEnvironmentVariable("PATCHEDGE_MODEL") == "full" ? "TERMS=4" : "TERMS=3");

        Assert.True(finding is { Broken: null, Complete: true }, finding.Said);
        Assert.True(finding.States > 100_000, $"only {finding.States} states were looked at, so the model does not move");
    }

    [Theory]
    [MemberData(nameof(Mutants))]
    public async Task Mutant_breaks_what_its_rule_is_for(string mutant, string check, string broken)
    {
        // What was remembered of a term counts again only in a third one; all else shows in two.
        var finding = await SpinModel.BreakAsync(File, mutant, check, mutant == "MUTANT_REREAD" ? "TERMS=3" : "TERMS=2");

        Assert.True(finding.Broken == broken, finding.Said);
    }
}
