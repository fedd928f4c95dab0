using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using Xunit.v3;

namespace PatchEdge.OpcUa.Tests;

/// <summary>
/// A test of a hostile input, by its number among <see cref="Hostile.HostileInput.All"/>. Each is measured: it fails when it takes longer than
/// <see cref="Seconds"/> or allocates more than <see cref="AllocatedMiB"/>, both ends of the connection and the test's own bytes
/// included. What was allocated in all bounds what was held at any moment.
/// </summary>
/// <param name="input">Its number; also the value of the trait <c>Hostile</c>.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class HostileAttribute(int input) : BeforeAfterTestAttribute, ITraitAttribute
{
    private static readonly ConcurrentDictionary<string, Start> Running = new();

    public int Input => input;

    /// <summary>Fails beyond. Far more than any of these takes on a busy machine, far less than one that hangs.</summary>
    public int Seconds { get; init; } = 60;

    /// <summary>Fails beyond. What an input claims, and would make a careless end reserve, is more.</summary>
    public int AllocatedMiB { get; init; } = 16;

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("Hostile", $"{input}")];

    /// <summary>Whether what a test allocates can be told from what others do.</summary>
    public static bool IsMeasurable(MethodInfo test) => test.ReflectedType!.GetCustomAttribute<CollectionAttribute>()?.Name == nameof(Alone);

    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        var context = TestContext.Current;
        // Ends whatever waits; what never looks at the token fails by the watch afterwards.
        var deadline = TimeProvider.System.CreateTimer(_ => context.CancelCurrentTest(), null, TimeSpan.FromSeconds(Seconds), Timeout.InfiniteTimeSpan);
        Running[Key(test)] = new Start(Stopwatch.GetTimestamp(), GC.GetTotalAllocatedBytes(), deadline);
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        Assert.True(Running.TryRemove(Key(test), out var start));
        start.Deadline.Dispose();
        var elapsed = Stopwatch.GetElapsedTime(start.Timestamp);
        var allocated = (GC.GetTotalAllocatedBytes() - start.Allocated) / 1024.0 / 1024.0;
        Assert.True(elapsed.TotalSeconds <= Seconds, $"Hostile input {input} took {elapsed.TotalSeconds:0.0} s; {Seconds} s at most.");
        Assert.True(allocated <= AllocatedMiB, $"Hostile input {input} had {allocated:0.0} MiB allocated; {AllocatedMiB} MiB at most.");
    }

    private string Key(IXunitTest test) => $"{test.UniqueID} {input}";

    private readonly record struct Start(long Timestamp, long Allocated, ITimer Deadline);
}
