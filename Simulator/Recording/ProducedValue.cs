using PatchEdge.OpcUa.Types;

namespace PatchEdge.Simulator.Recording;

/// <summary>A value that a simulated server gave one of its variables: recorded before any client could see it.</summary>
/// <param name="Server">The server, as the plant file names it.</param>
/// <param name="Life">When the server's process began to record, UTC: a process that was killed and started again has two lives.</param>
/// <param name="Tag">The tag.</param>
/// <param name="Sequence">From 0 for each tag and life, without holes.</param>
/// <param name="Time">Its source timestamp, UTC; unique for the tag and server.</param>
/// <param name="Status">Its quality.</param>
/// <param name="Value">Its content.</param>
internal sealed record ProducedValue(string Server, DateTime Life, string Tag, long Sequence, DateTime Time, StatusCode Status, Variant Value);
