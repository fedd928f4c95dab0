using System.Collections.Immutable;
using PatchEdge.Scheduler.Access;

namespace PatchEdge.Scheduler.Training;

/// <summary>Who is trained for what.</summary>
/// <param name="Approve">Qualifications that an approval needs.</param>
/// <param name="Override">Qualifications that standing by, breaking the glass and settling need.</param>
/// <param name="Records">Every record that counts.</param>
public sealed record TrainingView(ImmutableArray<string> Approve, ImmutableArray<string> Override, ImmutableArray<TrainingRecordView> Records);

/// <param name="Person">As the person signs in.</param>
/// <param name="Qualification">As the site calls it.</param>
/// <param name="From">First day, UTC.</param>
/// <param name="Until">Last day, UTC, inclusive; null does not end.</param>
/// <param name="Holds">Whether it holds today.</param>
/// <param name="Where">File and line.</param>
public sealed record TrainingRecordView(string Person, string Qualification, DateOnly From, DateOnly? Until, bool Holds, string Where);

/// <summary><c>/api/training</c>.</summary>
internal static class TrainingEndpoints
{
    public static void MapTraining(this IEndpointRouteBuilder api) => api.MapGet("/training", (TrainingShelf shelf, TimeProvider time) => View(shelf.Current, time.GetUtcNow()))
        .RequireAuthorization(Policies.View).WithTags("Training").WithSummary("What training the site asks of people who sign, and who has it today.");

    public static TrainingView View(TrainingFacts training, DateTimeOffset now)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        return new TrainingView(training.Policy.Approve, training.Policy.Override,
            [.. training.All.Select(record => new TrainingRecordView(record.Person, record.Qualification, record.From, record.Until, record.Holds(today), record.Where))]);
    }
}
