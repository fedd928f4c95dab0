using System.Globalization;

namespace PatchEdge.Benchmarks.Pipeline;

/// <summary>
/// What a gateway costs as a sum of three: so much a second for being there, which was measured, and so much for each message and each value, by
/// least squares over all its runs. Each run counts by its cost, so that a long one does not decide for all.
/// </summary>
/// <param name="Idle">CPU-ms a second, median of the runs.</param>
/// <param name="PerMessage">CPU-ms.</param>
/// <param name="PerValue">CPU-µs.</param>
internal readonly record struct CostModel(double Idle, double PerMessage, double PerValue)
{
    /// <summary>Null when the runs are too much alike, in values per message, to tell the one from the other.</summary>
    public static CostModel? Of(IReadOnlyList<PipelineFigure> figures)
    {
        var (mm, mv, vv, ms, vs) = (0.0, 0.0, 0.0, 0.0, 0.0);
        foreach (var figure in figures)
        {
            var weight = 1 / Math.Max(figure.Spent * figure.Spent, 1e-9);
            var (messages, values, spent) = ((double)figure.Reckoned.Messages, (double)figure.Values, figure.Spent - (figure.Idle * figure.Seconds));
            mm += weight * messages * messages;
            mv += weight * messages * values;
            vv += weight * values * values;
            ms += weight * messages * spent;
            vs += weight * values * spent;
        }

        var determinant = (mm * vv) - (mv * mv);
        if (figures.Count < 3 || determinant < 0.05 * mm * vv)
            return null;
        var idle = figures.Select(figure => figure.Idle).Order().ElementAt(figures.Count / 2);
        return new CostModel(1e3 * idle, 1e3 * ((ms * vv) - (vs * mv)) / determinant, 1e6 * ((vs * mm) - (ms * mv)) / determinant);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Idle:0.0} CPU-ms a second + {PerMessage:0.00} ms a message + {PerValue:0.00} µs a value");
}
