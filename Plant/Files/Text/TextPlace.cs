namespace PatchEdge.Plant.Files.Text;

/// <summary>Where something stands in a configuration.</summary>
/// <param name="Line">Line from 1.</param>
/// <param name="Column">Field of a table, from 1; 0 where the line says enough.</param>
/// <param name="File">Null for the file that is read, else one that it includes.</param>
/// <param name="Via">How it came to stand there, for the end of a message; null when it was written there.</param>
internal readonly record struct TextPlace(int Line, int Column = 0, string? File = null, string? Via = null);
