namespace PatchEdge.Model;

/// <summary>The release protocol keeps its invariants in every state of the model, and each rule that is taken away breaks the one it is there for.</summary>
public sealed class ReleaseModelTests
{
    private const string File = "release.pml";

    /// <summary>Two tries one after the other on a line: late and repeated messages of the first meet the second, and everybody may crash once.</summary>
    private static readonly string[] TwoTries = ["LINES=1", "TOKENS=2", "NONCES=2", "CRASHES=1"];

    /// <summary>All lines or none.</summary>
    private static readonly string[] TwoLines = ["LINES=2", "TOKENS=1", "NONCES=1", "CRASHES=1"];

    private static readonly string[] SharedLine = ["HOSTS=2", "SHARED_LINE", "LINES=1", "TOKENS=2", "NONCES=1", "EDGES=0", "CRASHES=0"];

    private static readonly string[] TwoPaths = ["HOSTS=2", "COVERAGE", "LINES=1", "TOKENS=2", "NONCES=1", "EDGES=0", "CRASHES=0"];

    /// <summary>One host serves the first line, the other both, and everybody may crash once; without what nothing in it can tell apart.</summary>
    private static readonly string[] TwoByTwo = ["HOSTS=2", "LINES=2", "OVERLAP", "COARSE", "TOKENS=2", "NONCES=1", "EDGES=0", "CRASHES=1"];

    /// <summary>What takes minutes: everything above at once, as far as one machine's memory goes. PATCHEDGE_MODEL=full adds it.</summary>
    private static readonly bool IsFull = Environment.GetEnvironmentVariable("PATCHEDGE_MODEL") == "full";

    private static readonly string[] OneTry = ["LINES=1", "TOKENS=1", "NONCES=1", "CRASHES=1"];

    public static TheoryData<string, string[]> Configurations
    {
        get
        {
            var all = new TheoryData<string, string[]>
            {
                { "two tries", TwoTries },
                { "two lines", TwoLines },
                { "two hosts of one line", SharedLine },
                { "two hosts that carry the paths of a tag", TwoPaths },
                { "two hosts, two lines, and everybody may crash", TwoByTwo },
            };
            if (IsFull)
            {
                all.Add("two tries on two lines", ["LINES=2", "TOKENS=2", "NONCES=2", "CRASHES=0"]);
                all.Add("two hosts of one line, and a scheduler that crashes", [.. SharedLine.SkipLast(1), "CRASHES=1", "AGENT_CRASHES=0"]);
                all.Add("two hosts, two lines, with nothing left out, and agents that crash", ["HOSTS=2", "LINES=2", "OVERLAP", "TOKENS=2", "NONCES=1", "EDGES=0", "CRASHES=0", "AGENT_CRASHES=1"]);
                all.Add("two tries, two go-aheads each", [.. TwoTries, "EDGES=2"]);
            }

            return all;
        }
    }

    /// <summary>What is dropped, where, which invariant is looked at, and so which one must break.</summary>
    public static TheoryData<string, string[], int> Mutants => new()
    {
        { "MUTANT_FENCE", TwoTries, 3 },
        { "MUTANT_HOLD", TwoTries, 1 },
        { "MUTANT_HOLD", TwoTries, 2 },
        { "MUTANT_RECHECK", TwoTries, 6 },
        { "MUTANT_STALE", TwoTries, 7 },
        { "MUTANT_LEDGER", TwoTries, 4 },
        { "MUTANT_LEDGER", TwoTries, 1 },
        { "MUTANT_INDEX", TwoTries, 4 },
        { "MUTANT_RETAINED", TwoTries, 8 },
        { "MUTANT_NONCE", TwoTries, 8 },
        { "MUTANT_HANDLE", TwoTries, 8 },
        { "MUTANT_MARGIN", TwoTries, 9 },
        { "MUTANT_MARGIN", TwoTries, 1 },
        { "MUTANT_SILENCE", TwoTries, 9 },
        { "MUTANT_UNSEEN", TwoTries, 1 },
        { "MUTANT_ONE_SIGNATURE", TwoTries, 9 },
        { "MUTANT_OCCUPY,MUTANT_HOLD", SharedLine, 5 },
        { "MUTANT_COVERAGE", TwoPaths, 11 },
        { "MUTANT_UNSEEN", TwoByTwo, 1 },
        { "MUTANT_SILENCE", TwoByTwo, 9 },
        { "MUTANT_OCCUPY,MUTANT_HOLD", TwoByTwo, 5 },
    };

    [Theory]
    [MemberData(nameof(Configurations))]
    [Trait("Req", "I1")]
    [Trait("Req", "I2")]
    [Trait("Req", "I3")]
    [Trait("Req", "I4")]
    [Trait("Req", "I5")]
    [Trait("Req", "I6")]
    [Trait("Req", "I7")]
    [Trait("Req", "I8")]
    [Trait("Req", "I9")]
    [Trait("Req", "I11")]
    public async Task Protocol_keeps_its_invariants_in_every_state(string name, string[] definitions)
    {
        var finding = await SpinModel.SearchAsync(File, definitions);

        Assert.True(finding is { Broken: null, Complete: true }, $"{name}: {finding.Said}");
        Assert.True(finding.States > 100_000, $"{name}: only {finding.States} states were looked at, so the model does not move");
    }

    [Theory]
    [MemberData(nameof(Mutants))]
    public async Task Mutant_breaks_the_invariant_that_its_rule_is_for(string mutants, string[] definitions, int invariant)
    {
        var finding = await SpinModel.BreakAsync(File, [.. definitions, .. mutants.Split(','), $"CHECK={invariant}"]);

        Assert.True(finding.Broken == $"I{invariant}", finding.Said);
    }

    [Fact]
    [Trait("Req", "I10")]
    public async Task Every_hold_ends_or_calls_a_person()
    {
        var finding = await SpinModel.SearchCyclesAsync(File, IsFull ? TwoTries : OneTry);

        Assert.True(finding is { Broken: null, Complete: true }, finding.Said);
    }

    [Theory]
    [Trait("Req", "I10")]
    [InlineData("MUTANT_FORGET", null)]
    [InlineData("MUTANT_UNHEEDED", null)]
    [InlineData("MUTANT_FORGET,MUTANT_UNHEEDED", "I10")]
    public async Task Hold_that_is_granted_after_its_end_is_refused_by_the_controller_or_cleared_by_the_scheduler(string mutants, string? broken)
    {
        var finding = await SpinModel.SearchCyclesAsync(File, [.. OneTry, .. mutants.Split(',')]);

        Assert.True(finding.Broken == broken && finding.Complete, finding.Said);
    }
}
