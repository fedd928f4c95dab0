namespace PatchEdge.Scheduler.Storage.Lease;

/// <summary>Somebody else leads, or nobody does: what was to be written was not.</summary>
internal sealed class NotLeadingException(string message) : Exception(message);
