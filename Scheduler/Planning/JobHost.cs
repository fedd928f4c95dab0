using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Planning.Indexes;

namespace PatchEdge.Scheduler.Planning;

/// <summary>What was found under the name of a job's host. Immutable.</summary>
/// <param name="Name">The name.</param>
/// <param name="Plant">Where it was looked for.</param>
/// <param name="Evidence">And here.</param>
/// <param name="Host">Null when the plant file has no host of that name.</param>
/// <param name="Agent">The newest word of its agent.</param>
internal sealed record JobHost(string Name, PlantModel Plant, EvidenceSnapshot Evidence, PlantHost? Host, Received<AgentStatus> Agent)
{
    public static JobHost Find(JobFacts job, RunFacts run, PlantModel plant, EvidenceSnapshot evidence, SharedProofs proofs)
    {
        var host = run.Place is { } place && ReferenceEquals(place.Plant, plant) && place.Name == job.Host ? place : proofs.Host(job.Host);
        return new JobHost(job.Host, plant, evidence, host, host is null ? evidence.Agent(job.Host) : evidence.Agent(host));
    }

    /// <summary>Whether it is still what would be found.</summary>
    public bool IsOf(JobFacts job, PlantModel plant, EvidenceSnapshot evidence) =>
        ReferenceEquals(Plant, plant) && ReferenceEquals(Evidence, evidence) && Name == job.Host;
}
