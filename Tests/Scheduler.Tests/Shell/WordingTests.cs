using NodaTime;
using PatchEdge.Plant.Lines;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Shell;

namespace PatchEdge.Scheduler.Tests.Shell;

public sealed class WordingTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 29, 0, 59, 0, TimeSpan.Zero);
    private static readonly DateTimeZone Berlin = DateTimeZoneProviders.Tzdb["Europe/Berlin"];

    [Theory]
    [InlineData(-5, "0 s")]
    [InlineData(0.4, "0 s")]
    [InlineData(59.9, "59 s")]
    [InlineData(192, "3 min 12 s")]
    [InlineData(600, "10 min")]
    [InlineData(7_500, "2 h 5 min")]
    [InlineData(25_200, "7 h")]
    [InlineData(356_400, "4 d 3 h")]
    [InlineData(86_400, "1 d")]
    public void Span_is_said_as_finely_as_it_matters(double seconds, string said) => Assert.Equal(said, Wording.Span(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(0, "0.0 s")]
    [InlineData(9_940, "9.9 s")]
    [InlineData(12_300, "12 s")]
    [InlineData(double.MaxValue, "11574 d 1 h")]
    public void Age_has_tenths_while_they_tell_fresh_from_stale(double milliseconds, string said) => Assert.Equal(said, Wording.Age(milliseconds));

    [Fact]
    public void Local_time_follows_daylight_saving_and_names_the_day_when_it_is_another()
    {
        Assert.Equal("01:59:00", Wording.Local(Now, Now, Berlin));
        Assert.Equal("03:00:00", Wording.Local(Now.AddMinutes(1), Now, Berlin));
        Assert.Equal("2026-03-28 23:30", Wording.Local(Now.AddMinutes(-149), Now, Berlin));
        Assert.Equal("2026-03-29 03:00:00 Europe/Berlin · 2026-03-29 01:00:00 UTC", Wording.Full(Now.AddMinutes(1), Berlin));
    }

    [Theory]
    [InlineData("StepStarted", "step started")]
    [InlineData("Accepted", "accepted")]
    [InlineData("", "")]
    public void Member_name_is_said_in_words(string name, string said) => Assert.Equal(said, Wording.Spaced(name));

    [Fact]
    public void Every_state_has_a_tone_and_only_idle_looks_good()
    {
        Assert.Equal([LineState.Idle], Enum.GetValues<LineState>().Where(state => Wording.Tone(state) == "good"));
        Assert.Equal("doubt", Wording.Tone((LineState)99));
        Assert.Equal("bad", Wording.Tone(RunState.Quarantined));
    }
}
