using System.Diagnostics;

namespace PatchEdge.Programs;

/// <summary>Waits for what another process will show sooner or later.</summary>
public static class Eventually
{
    /// <summary>Asks again and again until the answer is not null.</summary>
    /// <exception cref="TimeoutException">It never was; the message carries <paramref name="what"/> and <paramref name="state"/>.</exception>
    public static async Task<T> GetAsync<T>(string what, Func<Task<T?>> ask, TimeSpan within, Func<string>? state = null)
        where T : class
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            if (await ask() is { } answer)
                return answer;
            if (Stopwatch.GetElapsedTime(start) > within)
                throw new TimeoutException($"{what}: not within {within.TotalSeconds:0} s. {state?.Invoke()}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    public static Task TrueAsync(string what, Func<Task<bool>> ask, TimeSpan within, Func<string>? state = null) =>
        GetAsync<object>(what, async () => await ask() ? what : null, within, state);
}
