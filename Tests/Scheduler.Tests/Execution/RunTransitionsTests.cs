using PatchEdge.Scheduler.Execution;

namespace PatchEdge.Scheduler.Tests.Execution;

/// <summary>Every state against every event is decided on purpose: the table that people read and the one that the program follows are the same.</summary>
public sealed class RunTransitionsTests
{
    private const string Unmoved = "–";

    private static readonly Dictionary<(RunState State, RunEvent Happened), string> Written = Read();

    public static TheoryData<RunState, string> Cells =>
        [.. from state in Enum.GetValues<RunState>() from happened in Enum.GetValues<RunEvent>() select (state, happened.ToString())];

    [Theory]
    [MemberData(nameof(Cells))]
    public void Cell_is_as_written(RunState state, string happened)
    {
        var asked = Enum.Parse<RunEvent>(happened);
        Assert.Equal(Written[(state, asked)], RunTransitions.Next(state, asked)?.ToString() ?? Unmoved);
    }

    [Fact]
    public void Table_has_every_cell_once() => Assert.Equal(Enum.GetValues<RunState>().Length * Enum.GetValues<RunEvent>().Length, Written.Count);

    [Fact]
    public void Every_state_is_reached_from_the_first_and_every_event_moves_something()
    {
        var reached = new HashSet<RunState> { RunState.Requested };
        while (reached.SelectMany(state => Enum.GetValues<RunEvent>().Select(happened => RunTransitions.Next(state, happened))).OfType<RunState>().Any(reached.Add))
        {
            // Until nothing new is found.
        }

        Assert.Equal(Enum.GetValues<RunState>().Order(), reached.Order());
        Assert.All(Enum.GetValues<RunEvent>(), happened => Assert.Contains(Enum.GetValues<RunState>(), state => RunTransitions.Next(state, happened) is not null));
    }

    private static Dictionary<(RunState, RunEvent), string> Read()
    {
        var rows = File.ReadAllLines(Path.Combine(Source(), "Scheduler", "Execution", "RunStates.md"))
            .Where(line => line.StartsWith('|')).Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries)).ToList();
        var states = rows[0][1..].Select(Enum.Parse<RunState>).ToArray();
        var cells = new Dictionary<(RunState, RunEvent), string>();
        foreach (var row in rows.Skip(2))
            for (var place = 0; place < states.Length; place++)
                cells.Add((states[place], Enum.Parse<RunEvent>(row[0])), row[place + 1]);
        return cells;
    }

    private static string Source()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "PatchEdge.sln")))
                return folder.FullName;
        throw new DirectoryNotFoundException("PatchEdge.sln is in no folder above " + AppContext.BaseDirectory);
    }
}
