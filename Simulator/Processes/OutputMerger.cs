using Spectre.Console;

namespace PatchEdge.Simulator.Processes;

/// <summary>Writes what every process prints to one place, a whole line at a time, with the time and the process's name before it.</summary>
internal sealed class OutputMerger(IAnsiConsole console, TimeProvider time)
{
    private static readonly Color[] Palette =
        [Color.Aqua, Color.Green, Color.Yellow, Color.Fuchsia, Color.Blue, Color.Olive, Color.Teal, Color.Purple, Color.Silver];

    private readonly Lock gate = new();
    private readonly Dictionary<string, Color> colours = [];
    private readonly int nameWidth = 19;

    /// <summary>Any control character in <paramref name="line"/> is shown as a space: a process cannot move the terminal's cursor.</summary>
    public void Write(string source, string line)
    {
        var clean = string.Create(line.Length, line, static (span, text) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = char.IsControl(text[i]) ? ' ' : text[i];
        });
        lock (gate)
        {
            if (!colours.TryGetValue(source, out var colour))
                colours[source] = colour = Palette[colours.Count % Palette.Length];
            var clock = time.GetLocalNow().ToString("HH:mm:ss", null);
            if (console.Profile.Capabilities.Ansi)
                console.Write(new Paragraph()
                    .Append(clock + " ", new Style(Color.Grey))
                    .Append(source.PadRight(nameWidth), new Style(colour))
                    .Append("│ ", new Style(Color.Grey))
                    .Append(clean + Environment.NewLine));
            else
                Console.Out.WriteLine($"{clock} {source.PadRight(nameWidth)}| {clean}");
        }
    }
}
