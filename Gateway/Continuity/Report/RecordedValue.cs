using PatchEdge.OpcUa.Types;

namespace PatchEdge.Gateway.Continuity.Report;

/// <summary>A value as a journal holds it. One that came twice is in it twice: a crash costs a duplicate, never a loss.</summary>
/// <param name="Tag">Its tag.</param>
/// <param name="Gateway">Who has it.</param>
/// <param name="Server">Where it came from.</param>
/// <param name="Value">Content, quality and the server's times.</param>
/// <param name="Received">When it came, UTC.</param>
/// <param name="Backfilled">It was read from the server's history after a gap.</param>
internal readonly record struct RecordedValue(string Tag, string Gateway, string Server, DataValue Value, DateTime Received, bool Backfilled);
