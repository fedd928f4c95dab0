namespace PatchEdge.Gateway.Journal;

/// <summary>The journal cannot be used, or a part of it cannot be read. The message says what to do.</summary>
internal sealed class JournalException(string message, Exception? inner = null) : Exception(message, inner);
