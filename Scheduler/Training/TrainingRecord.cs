namespace PatchEdge.Scheduler.Training;

/// <summary>Somebody is qualified for something, for a time.</summary>
/// <param name="Person">As the person signs in.</param>
/// <param name="Qualification">As the site calls it.</param>
/// <param name="From">First day, UTC.</param>
/// <param name="Until">Last day, UTC, inclusive; null does not end.</param>
/// <param name="Where">File and line, such as <c>lms.csv:7</c>.</param>
internal sealed record TrainingRecord(string Person, string Qualification, DateOnly From, DateOnly? Until, string Where)
{
    public bool Holds(DateOnly day) => From <= day && (Until is not { } last || day <= last);
}
