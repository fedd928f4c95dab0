using System.Globalization;
using System.Text;
using PatchEdge.Plant.Time;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Calendars;

/// <summary>Our calendars against recurrence rules and time zones of another make, over random rules and several years.</summary>
/// <remarks>
/// Left out on purpose, since the two differ there by decision and not by mistake: rules that recur more often than daily (windows do not),
/// starts that their own rule does not hit (RFC 5545 §3.8.5.3 leaves what they give undefined; see the test below), and
/// <c>BYWEEKNO</c> and <c>BYYEARDAY</c>, which no calendar program offers for a maintenance window.
/// </remarks>
public sealed class RecurrencePeerTests : IDisposable
{
    private static readonly int Rules = int.TryParse(Environment.GetEnvironmentVariable("PATCHEDGE_RECURRENCE_RULES"), CultureInfo.InvariantCulture, out var count) ? count : 300;
    private static readonly string[] Zones =
        ["Europe/Berlin", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Auckland", "Pacific/Chatham", "Europe/London", "UTC"];

    private static readonly string[] Days = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
    private static readonly TimeRange Years = new(new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2029, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("patchedge-recurrence-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    [Trait("Req", "hostile-61")]
    public async Task Random_rules_recur_as_another_implementation_says()
    {
        var questions = Enumerable.Range(0, Rules).Select(seed => Question(new Random(seed))).ToList();

        var answers = await RecurrencePeer.AskAsync(questions, TestContext.Current.CancellationToken);

        var differing = questions.Select((question, seed) => (question, seed, ours: Ours(question), theirs: answers[seed])).Where(item => !item.ours.SequenceEqual(item.theirs)).ToList();
        Assert.True(differing.Count == 0, Describe(differing));
        // Rules that never recur would prove nothing.
        Assert.InRange(answers.Sum(answer => answer.Length), Rules * 10, int.MaxValue);
    }

    /// <summary>A start that its rule does not hit is an occurrence for neither.</summary>
    [Fact]
    public async Task Start_that_its_own_rule_does_not_hit_is_told_the_same_way()
    {
        var question = new RecurrenceQuestion("FREQ=WEEKLY;BYDAY=MO;COUNT=3", "20260107T220000", "Europe/Berlin", Years.Start, Years.End, []);

        var answer = (await RecurrencePeer.AskAsync([question], TestContext.Current.CancellationToken))[0];

        Assert.Equal(answer, Ours(question).Where(instant => answer.Contains(instant)));
    }

    private static RecurrenceQuestion Question(Random random)
    {
        var zone = Zones[random.Next(Zones.Length)];
        // Every other start lies where clocks change.
        var hour = random.Next(2) == 0 ? random.Next(0, 4) : random.Next(24);
        var rule = new StringBuilder();
        var day = new DateTime(2024 + random.Next(3), 1 + random.Next(12), 1 + random.Next(28), hour, random.Next(4) * 15, 0);
        switch (random.Next(4))
        {
            case 0:
                rule.Append("FREQ=DAILY");
                break;
            case 1:
                var days = Days.Where(_ => random.Next(3) == 0).DefaultIfEmpty("MO").ToList();
                rule.Append("FREQ=WEEKLY;BYDAY=").Append(string.Join(',', days));
                if (random.Next(3) == 0)
                    rule.Append(";WKST=").Append(Days[random.Next(2) * 6]);
                day = Next(day, date => days.Contains(Day(date)));
                break;
            case 2 when random.Next(2) == 0:
                var (nth, weekday) = (new[] { 1, 2, 3, 4, -1, -2 }[random.Next(6)], Days[random.Next(7)]);
                rule.Append(CultureInfo.InvariantCulture, $"FREQ=MONTHLY;BYDAY={nth}{weekday}");
                day = Next(day, date => Day(date) == weekday && IsNth(date, nth));
                break;
            case 2:
                var monthDay = new[] { 1, 15, 28, 31, -1 }[random.Next(5)];
                rule.Append(CultureInfo.InvariantCulture, $"FREQ=MONTHLY;BYMONTHDAY={monthDay}");
                day = Next(day, date => monthDay > 0 ? date.Day == monthDay : date.AddDays(1).Day == 1);
                break;
            default:
                var (month, place, name) = (1 + random.Next(12), new[] { 1, 2, -1 }[random.Next(3)], Days[random.Next(7)]);
                rule.Append(CultureInfo.InvariantCulture, $"FREQ=YEARLY;BYMONTH={month};BYDAY={place}{name}");
                day = Next(day, date => date.Month == month && Day(date) == name && IsNth(date, place));
                break;
        }

        var interval = random.Next(4) == 0 ? 1 + random.Next(3) : 1;
        if (interval > 1)
            rule.Append(CultureInfo.InvariantCulture, $";INTERVAL={interval}");
        switch (random.Next(3))
        {
            case 0:
                rule.Append(CultureInfo.InvariantCulture, $";COUNT={1 + random.Next(200)}");
                break;
            case 1:
                rule.Append(CultureInfo.InvariantCulture, $";UNTIL={day.AddDays(random.Next(1_000)):yyyyMMdd'T'HHmmss}");
                break;
        }

        var exclude = Enumerable.Range(0, random.Next(3)).Select(_ => Local(day.AddDays(random.Next(30)))).Distinct().ToArray();
        return new RecurrenceQuestion(rule.ToString(), Local(day), zone, Years.Start, Years.End, exclude);
    }

    private DateTimeOffset[] Ours(RecurrenceQuestion question)
    {
        var path = Path.Combine(folder.FullName, "windows.ics");
        var zone = question.Zone == "UTC" ? "" : $";TZID={question.Zone}";
        var z = question.Zone == "UTC" ? "Z" : "";
        // UNTIL of an event with a zone is written in UTC by the standard; a local one is what the rule means.
        File.WriteAllText(path, string.Join("\r\n",
            ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", "BEGIN:VEVENT", "UID:1@test", "DTSTAMP:20240101T000000Z", $"DTSTART{zone}:{question.Start}{z}", "DURATION:PT15M", $"RRULE:{question.Rule}",
                .. question.Exclude.Select(date => $"EXDATE{zone}:{date}{z}"), "END:VEVENT", "END:VCALENDAR", ""]));
        var (rules, errors) = new CalendarFile(path, TestPlant.Model, Years).Read();
        return errors.Length > 0 ? [] : [.. Assert.Single(rules).Occurrences.Select(range => range.Start).Where(start => start >= Years.Start)];
    }

    private static string Describe(List<(RecurrenceQuestion question, int seed, DateTimeOffset[] ours, DateTimeOffset[] theirs)> differing) =>
        $"{differing.Count} of {Rules} differ: " + string.Join(" | ", differing.Take(5).Select(item =>
            $"seed {item.seed} {item.question.Zone} {item.question.Start} {item.question.Rule} exclude {string.Join(',', item.question.Exclude)}: only ours {Some(item.ours.Except(item.theirs))}; only theirs {Some(item.theirs.Except(item.ours))}"));

    private static string Some(IEnumerable<DateTimeOffset> instants) => string.Join(' ', instants.Take(4).Select(instant => $"{instant:u}"));

    private static string Local(DateTime time) => time.ToString("yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture);

    private static DateTime Next(DateTime day, Func<DateTime, bool> fits)
    {
        while (!fits(day))
            day = day.AddDays(1);
        return day;
    }

    private static string Day(DateTime date) => Days[((int)date.DayOfWeek + 6) % 7];

    private static bool IsNth(DateTime date, int nth) => nth > 0 ? (date.Day - 1) / 7 == nth - 1 : (DateTime.DaysInMonth(date.Year, date.Month) - date.Day) / 7 == -nth - 1;
}
