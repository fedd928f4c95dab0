namespace PatchEdge.EndToEnd;

/// <summary>A calendar whose window is always open: these tests are about everything else.</summary>
internal static class OpenCalendar
{
    /// <param name="folder">Whose <c>config/calendars</c> it is written to.</param>
    public static void WriteTo(TemporaryFolder folder) => folder.Write("config/calendars/site.ics", """
        BEGIN:VCALENDAR
        VERSION:2.0
        PRODID:-//PatchEdge//Tests//EN
        BEGIN:VEVENT
        UID:always@tests
        DTSTAMP:20260101T000000Z
        DTSTART:20260101T000000Z
        DURATION:P1D
        RRULE:FREQ=DAILY
        SUMMARY:Always
        CATEGORIES:WINDOW
        END:VEVENT
        END:VCALENDAR

        """.ReplaceLineEndings("\r\n"));
}
