using PatchEdge.Simulator.Processes;

namespace PatchEdge.Simulator.Tests.Processes;

public sealed class LogLineTests
{
    [Theory]
    [InlineData("2026-11-22T20:06:02.957Z info: PatchEdge.Scheduler.Features.Jobs.JobFolder[3701] kb.yaml: job kb added.", "kb.yaml: job kb added.")]
    [InlineData("2026-11-22T20:06:02.957Z warn: Gateway.Acquisition[103] filling: connection lost: reset", "warn: filling: connection lost: reset")]
    [InlineData("First administrator: admin", "First administrator: admin")]
    [InlineData("   at Program.Main()", "   at Program.Main()")]
    public void Line_of_the_house_keeps_level_and_message(string line, string shown) => Assert.Equal(shown, LogLine.Shorten(line));
}
