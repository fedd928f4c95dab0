using System.Globalization;
using System.Text;

namespace PatchEdge.Simulation.Machine;

/// <summary>Counts what a story went through, as tables: so that nobody has to believe that it did.</summary>
internal sealed class Tally
{
    private readonly SortedDictionary<string, SortedDictionary<string, SortedDictionary<string, int>>> tables = new(StringComparer.Ordinal);

    public void Count(string table, string row, string column, int by = 1)
    {
        if (!tables.TryGetValue(table, out var rows))
            tables[table] = rows = new(StringComparer.Ordinal);
        if (!rows.TryGetValue(row, out var cells))
            rows[row] = cells = new(StringComparer.Ordinal);
        cells[column] = cells.GetValueOrDefault(column) + by;
    }

    public int Of(string table, string row, string column) => tables.GetValueOrDefault(table)?.GetValueOrDefault(row)?.GetValueOrDefault(column) ?? 0;

    public void Add(Tally other)
    {
        foreach (var (table, rows) in other.tables)
            foreach (var (row, cells) in rows)
                foreach (var (column, count) in cells)
                    Count(table, row, column, count);
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (table, rows) in tables)
        {
            var columns = rows.Values.SelectMany(cells => cells.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
            text.Append(CultureInfo.InvariantCulture, $"| {table} | {string.Join(" | ", columns)} |\n|{string.Concat(Enumerable.Repeat(" --- |", columns.Count + 1))}\n");
            foreach (var (row, cells) in rows)
                text.Append(CultureInfo.InvariantCulture, $"| {row} | {string.Join(" | ", columns.Select(column => cells.GetValueOrDefault(column)))} |\n");
            text.Append('\n');
        }

        return text.ToString();
    }
}
